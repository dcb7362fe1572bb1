-- KEYS[1] stream, ARGV[1] group. Where Redis has lost count of what the group has read, tells it.
-- Answers 1 if it had.
local function fact(facts, name)
    for at = 1, #facts, 2 do
        if facts[at] == name then
            return facts[at + 1]
        end
    end
end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    if fact(group, 'name') == ARGV[1] then
        local last = fact(group, 'last-delivered-id')
        local unread = #redis.call('XRANGE', KEYS[1], '(' .. last, '+')
        if fact(group, 'lag') == unread then
            return 0
        end
        local added = fact(redis.call('XINFO', 'STREAM', KEYS[1]), 'entries-added')
        redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], last, 'ENTRIESREAD', added - unread)
        return 1
    end
end
return 0
