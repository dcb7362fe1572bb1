-- Takes tokens that were spent already, whether they are there or not; a bucket is never
-- emptier than empty. Puts them back where their number is negative.
-- KEYS 1..N; ARGV: for each key the time a token takes to come back, the time an empty
-- bucket takes to fill (both in microseconds), and the tokens.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #KEYS do
  local interval, capacity = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local before = math.max(now, tonumber(redis.call('GET', KEYS[i]) or now))
  local full = math.min(before + tonumber(ARGV[3 * i]) * interval, now + capacity)
  if full > now then
    redis.call('SET', KEYS[i], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
  else
    redis.call('DEL', KEYS[i])
  end
end
