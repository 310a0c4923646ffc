//! nginx, serving the same bytes from a file.

use crate::{process::Process, request};
use anyhow::{Context, ensure};
use std::{fs, net::TcpListener, path::Path, time::Duration};
use tokio::{process::Command, time::sleep};

/// Maximum number of readiness checks.
const TRIES: usize = 100;

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    running: Process,
    pub base_url: String,
}

impl Nginx {
    /// Serves these bytes at this path.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(
        program: &Path,
        scratch: &Path,
        path: &str,
        content_type: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> anyhow::Result<Self> {
        let dir = scratch.join("nginx");
        fs::create_dir_all(&dir)?;
        fs::write(dir.join("body"), body)?;
        // Find a free port and release it, because nginx cannot choose one itself.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = dir.join("nginx.conf");
        fs::write(&config, conf(&dir, port, path, content_type, headers))?;
        let mut command = Command::new(program);
        command
            .arg("-e")
            .arg(dir.join("error.log"))
            .arg("-p")
            .arg(&dir)
            .arg("-c")
            .arg(&config);
        let nginx = Self {
            running: Process::spawn("nginx", &mut command)?,
            base_url: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..TRIES {
            if let Ok(answer) = request::get(&nginx.base_url, path, &[]).await {
                ensure!(
                    answer.status == 200 && answer.body == body,
                    "nginx answers {} and {} bytes instead of {}",
                    answer.status,
                    answer.body.len(),
                    body.len()
                );
                return Ok(nginx);
            }
            sleep(Duration::from_millis(50)).await;
        }
        let log = fs::read_to_string(dir.join("error.log")).unwrap_or_default();
        Err(anyhow::anyhow!(log)).context("nginx did not start")
    }

    /// # Errors
    /// If it had to be killed.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.running.stop().await
    }
}

fn conf(
    dir: &Path,
    port: u16,
    path: &str,
    content_type: &str,
    headers: &[(String, String)],
) -> String {
    let dir = dir.display();
    let headers: String = headers
        .iter()
        .map(|(name, value)| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('$', "");
            format!("      add_header {name} \"{value}\";\n")
        })
        .collect();
    format!(
        r#"daemon off;
master_process off;
pid {dir}/pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  open_file_cache max=10;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  server {{
    listen 127.0.0.1:{port};
    location = {path} {{
      alias {dir}/body;
      types {{ }}
      default_type "{content_type}";
      etag off;
{headers}    }}
  }}
}}
"#
    )
}
