function done(summary, latency, requests) report(summary, latency, 0, 0) end
