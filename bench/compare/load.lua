-- What wrk sends and how it reports: the request as its environment says, one line of JSON at the end.
wrk.method = os.getenv("LOAD_METHOD") or "GET"
for name, value in string.gmatch(os.getenv("LOAD_HEADERS") or "", "([^\n:]+): ([^\n]*)") do
  wrk.headers[name] = value
end
local upload = tonumber(os.getenv("LOAD_UPLOAD") or "0")
if upload > 0 then wrk.body = string.rep("x", upload) end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"bad":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
