//! Reads at maximum rate, compared with the minimal axum server and with nginx serving the same bytes.

use super::Name;
use crate::{
    nginx::Nginx,
    process::Process,
    report::Section,
    request::{self, HttpResponse},
    run::Bench,
    wrk::{self, Push},
};
use anyhow::{Context, ensure};
use std::time::Duration;
use tokio::process::Command;

const OWN: &str = "Guildhall";
const AXUM: &str = "a minimal axum server, the same bytes";
const NGINX: &str = "nginx, the same bytes as a file";
/// Headers that an HTTP server adds by itself, and the content type, which is passed on separately.
const FRAMING: [&str; 5] = [
    "date",
    "content-length",
    "connection",
    "transfer-encoding",
    "content-type",
];
/// The required share of the minimal server's rate for a project read.
const SHARE: f64 = 0.5;

pub(super) async fn project(bench: &Bench) -> anyhow::Result<Section> {
    let path = format!("/api/v1/projects/{}", bench.projects[0]);
    let mut section = Section::new(Name::ReadProject, "`GET /api/v1/projects/{id}`.");
    compare(bench, &mut section, &path, &path, &[]).await?;
    if let (Some(own), Some(axum)) = (section.rate(OWN), section.rate(AXUM)) {
        section.goal(
            format!(
                "{:.0} % of the minimal axum server: {:.0} %",
                SHARE * 100.0,
                100.0 * own / axum
            ),
            own >= SHARE * axum,
        );
    }
    Ok(section)
}

pub(super) async fn list(bench: &Bench) -> anyhow::Result<Section> {
    let path = "/api/v1/projects";
    let mut section = Section::new(
        Name::ReadList,
        format!("`GET {path}`, 30 projects of {}.", bench.projects.len()),
    );
    compare(bench, &mut section, path, path, &[]).await?;
    Ok(section)
}

pub(super) async fn page(bench: &Bench) -> anyhow::Result<Section> {
    let path = format!("/projects/{}", bench.projects[0]);
    let mut section = Section::new(
        Name::ReadPage,
        "`GET /projects/{id}` as a browser requests it: rendered by the server and compressed.",
    );
    let headers = [("Accept-Encoding", "gzip, br"), ("Accept", "text/html")];
    compare(bench, &mut section, &path, &path, &headers).await?;
    Ok(section)
}

async fn compare(
    bench: &Bench,
    section: &mut Section,
    path: &str,
    route: &str,
    headers: &[(&str, &str)],
) -> anyhow::Result<()> {
    let answer = request::get(&bench.server.base_url, path, headers).await?;
    ensure!(answer.status == 200, "{path} answers {}", answer.status);
    let push = |seconds| Push {
        threads: 1,
        connections: bench.scale.connections.min(64),
        seconds,
    };
    section.what += &format!(
        " {} bytes of body; wrk with {} connections, a closed loop without correction for coordinated omission.",
        answer.body.len(),
        push(1).connections
    );
    let (axum, axum_url) = minimal_server(bench, route, &answer).await?;
    let nginx = Nginx::start(
        &bench.config.nginx,
        bench.scratch(),
        path,
        answer.header("content-type").unwrap_or_default(),
        &headers_to_copy(&answer),
        &answer.body,
    )
    .await?;
    let sides = [
        (OWN, &bench.server.base_url),
        (AXUM, &axum_url),
        (NGINX, &nginx.base_url),
    ];
    if bench.scale.warm_seconds > 0 {
        for (_, base_url) in sides {
            let url = format!("{base_url}{path}");
            wrk::read(
                bench.scratch(),
                &url,
                headers,
                push(bench.scale.warm_seconds),
            )
            .await?;
        }
    }
    for _ in 0..bench.scale.repeat {
        for (name, base_url) in sides {
            let url = format!("{base_url}{path}");
            let asking = wrk::read(bench.scratch(), &url, headers, push(bench.scale.seconds));
            if name == OWN {
                let run = bench.measure_cpu(section, asking).await?;
                section.add_own(name, "reads/s", run);
            } else {
                section.add_limit(name, "reads/s", asking.await?);
            }
        }
    }
    bench.note_memory(section).await?;
    nginx.stop().await?;
    axum.stop().await
}

/// The headers that the reference servers must send too.
fn headers_to_copy(answer: &HttpResponse) -> Vec<(String, String)> {
    answer
        .headers
        .iter()
        .filter(|(name, _)| !FRAMING.contains(&name.as_str()))
        .cloned()
        .collect()
}

async fn minimal_server(
    bench: &Bench,
    route: &str,
    answer: &HttpResponse,
) -> anyhow::Result<(Process, String)> {
    let file = bench.scratch().join("answer");
    std::fs::write(&file, &answer.body)?;
    // This program, which includes the minimal server as a subcommand.
    let program =
        std::fs::read_link("/proc/self/exe").context("cannot find this program's own file")?;
    let mut command = Command::new(program);
    command
        .args(["answer", "--route", route, "--file"])
        .arg(&file);
    let content_type = answer.header("content-type").unwrap_or_default();
    let kind = ("content-type".to_owned(), content_type.to_owned());
    for (name, value) in headers_to_copy(answer).iter().chain([&kind]) {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    Process::start(
        "the minimal server",
        &mut command,
        "Answers on ",
        Duration::from_secs(10),
    )
    .await
}
