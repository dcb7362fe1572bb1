-- KEYS[1] stream, ARGV[1] group, ARGV[2] consumer. Answers 1 if the consumer is gone.
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then
    return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
