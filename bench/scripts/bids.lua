-- Places bids as fast as the server accepts them (wrk, a closed loop). Every amount is unique and lower than all before it,
-- so the amount of a stored bid identifies its request, and hardly any bid is refused.
-- Arguments: the file of tokens, a prefix for the response files, the first amount (minor units), the number of threads,
-- the first project, the number of projects.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local heads, prefixes = {}, {}
local start, stride, first, count, answers
sent = 0

function init(args)
  start, stride, first, count = tonumber(args[3]), tonumber(args[4]), tonumber(args[5]), tonumber(args[6])
  for token in io.lines(args[1]) do
    heads[#heads + 1] = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\nAuthorization: Bearer " .. token .. "\r\nContent-Type: application/json\r\nContent-Length: "
  end
  answers = io.open(args[2] .. number, "w")
  answers:setvbuf("full", 65536)
end

local format, floor = string.format, math.floor

-- The buyer and the project follow from the request's position in the run, as in books::Plan in Rust.
function request()
  local place = sent * stride + number
  sent = sent + 1
  local amount = start - place
  local body = format('{"amount":%d.%02d}', floor(amount / 100), amount % 100)
  local project = first + place % count
  return "POST /api/v1/projects/" .. format("%d", project) .. "/bid" .. heads[place % #heads + 1] .. #body .. "\r\n\r\n" .. body
end

function response(status, headers, body)
  answers:write(status, " ", status == 201 and body:match('"id":(%d+)') or 0, "\n")
end

-- Before the run, wrk takes one request from the first thread for inspection and does not send it.
function done(summary, latency, requests)
  local most, made = 0, 0
  for _, thread in ipairs(threads) do
    most = math.max(most, thread:get("sent"))
    made = made + thread:get("sent")
  end
  report(summary, latency, most * #threads, made - 1)
end
