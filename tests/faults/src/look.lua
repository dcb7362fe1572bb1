-- What KEDA's scaler reads of a stream (XINFO GROUPS, XPENDING, XLEN), and how many entries
-- nobody has read.
local stream, ours = KEYS[1], ARGV[1]
if redis.call('EXISTS', stream) == 0 then
    return { 0, 0, 0 }
end
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = {}
    for at = 1, #facts, 2 do
        group[facts[at]] = facts[at + 1]
    end
    if group['name'] == ours then
        local unread = redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '+')
        local lag = group['lag']
        if not lag then
            lag = -1
        end
        return { lag, group['pending'], #unread }
    end
end
local length = redis.call('XLEN', stream)
return { length, 0, length }
