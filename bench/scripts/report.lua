-- Prints wrk's results as one line of JSON; times in microseconds.
function report(summary, latency, places, sent)
  local e = summary.errors
  io.write(string.format(
    'wrk {"answers":%d,"places":%d,"sent":%d,"bytes":%d,"duration_us":%d,"unanswered":%d,"bad_status":%d,"p50_us":%d,"p95_us":%d,"p99_us":%d,"max_us":%d}\n',
    summary.requests, places, sent, summary.bytes, summary.duration, e.connect + e.read + e.write + e.timeout, e.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
