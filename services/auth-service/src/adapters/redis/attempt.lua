-- Counts a try of a code, then compares. Nothing comes between.
-- KEYS  1 the hash of the right code  2 how often codes were tried
-- ARGV  1 what the right code hashes to  2 what the typed code hashes to
--       3 for how many ms the flow lives  4 how many wrong ones it may see
-- Answers {outcome, tries that are left}: 0 wrong, 1 right, 2 exhausted.

-- Redis may have lost the hash, or missed that the code was replaced.
if redis.call('get', KEYS[1]) ~= ARGV[1] then
  redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[3])
end

local tries = redis.call('incr', KEYS[2])
redis.call('pexpire', KEYS[2], ARGV[3])
local left = tonumber(ARGV[4]) - tries
if left < 0 then
  return {2, 0}
end
if redis.call('get', KEYS[1]) == ARGV[2] then
  -- Given back: else wrong codes that come right behind would use up the last try, and
  -- end the registration before it is completed.
  redis.call('decr', KEYS[2])
  return {1, left + 1}
end
return {0, left}
