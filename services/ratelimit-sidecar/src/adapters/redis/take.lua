-- Takes tokens for a batch of requests, one after the other: each from every bucket that
-- it names, or from none. A bucket is one number: when it will be full again, in
-- microseconds of this server's clock; an absent one is full. Nothing is written on a
-- refusal, and a full bucket takes no memory.
-- KEYS 1..N: the buckets of the first request, of the second …
-- ARGV: how many requests; for each, how many buckets it names; then for each key the time
-- a token takes to come back, the time an empty bucket takes to fill (both in
-- microseconds), and the cost in tokens.
-- Reply: for each key the time until full, and the time until there are enough tokens
-- (0: there were, -1: never).
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests, reply, last = tonumber(ARGV[1]), {}, 0
for request = 1, requests do
  local first, full, pass = last + 1, {}, true
  last = last + tonumber(ARGV[request + 1])
  for i = first, last do
    local key, arg = KEYS[i], requests + 3 * i
    local capacity = tonumber(ARGV[arg])
    local need = tonumber(ARGV[arg + 1]) * tonumber(ARGV[arg - 1])
    local before = full[key] or tonumber(redis.call('GET', key) or now)
    before = math.max(now, math.min(before, now + capacity))
    local short = before + need - now - capacity
    reply[2 * i - 1], reply[2 * i] = before - now, 0
    if short > 0 then
      pass = false
      reply[2 * i] = need > capacity and -1 or short
    else
      full[key] = before + need
    end
  end
  for i = first, pass and last or 0 do
    local key = KEYS[i]
    local rest = full[key] - now
    reply[2 * i - 1] = rest
    if rest > 0 and ARGV[requests + 3 * i + 1] ~= '0' then
      redis.call('SET', key, string.format('%.0f', full[key]), 'PX', math.ceil(rest / 1000))
    end
  end
end
return reply
