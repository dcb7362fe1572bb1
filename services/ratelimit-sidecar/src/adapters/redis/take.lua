-- Takes tokens from every bucket, or from none. A bucket is one number: when it will be
-- full again, in microseconds of this server's clock; an absent one is full. Nothing is
-- written on a refusal, and a full bucket takes no memory.
-- KEYS 1..N; ARGV: then for each key the time a token takes to come back, the time an
-- empty bucket takes to fill (both in microseconds), and the cost in tokens.
-- Reply: for each key 1 or 0, the time until full, the time until there are enough
-- tokens (-1: never).
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local reply, full, pass = {}, {}, true
for i = 1, #KEYS do
  local interval, capacity = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local need = tonumber(ARGV[3 * i]) * interval
  local before = tonumber(redis.call('GET', KEYS[i]) or now)
  before = math.max(now, math.min(before, now + capacity))
  local short = before + need - now - capacity
  if short > 0 then
    pass = false
    reply[3 * i - 2], reply[3 * i - 1] = 0, before - now
    reply[3 * i] = need > capacity and -1 or short
  else
    full[i] = before + need
    reply[3 * i - 2], reply[3 * i - 1], reply[3 * i] = 1, full[i] - now, 0
  end
end
if pass then
  for i = 1, #KEYS do
    if full[i] > now then
      redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
    end
  end
end
return reply
