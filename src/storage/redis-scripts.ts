/**
 * What must be looked at and changed as one. A stored snapshot is `<cutoff> <generatedAt>\n<JSON>`,
 * both in epoch milliseconds, so that scripts compare without reading the JSON.
 *
 * One that was made over half a minute in Redis' future counts as none, and the lease is not for a
 * replica whose clock is over half a minute off: it must not lock the others out.
 */
const STORED = `
local clock = redis.call('TIME')
local nowMs = clock[1] * 1000 + math.floor(clock[2] / 1000)
local nearFuture = nowMs + 30000
local cutoff, made = redis.call('GETRANGE', KEYS[1], 0, 40):match('^(%d+) (%d+)\\n')
cutoff, made = tonumber(cutoff), tonumber(made)
local wasAhead = made and made > nearFuture
if wasAhead then made = nil end
local askedCutoff, askedMade = tonumber(ARGV[1]), tonumber(ARGV[2])
`;

/**
 * Keys: the snapshot of these options, the workload's last one of any options. Arguments: cutoff,
 * generatedAt, JSON, time to live in ms. Answers `kept`, `ahead`, or `older` and what stands.
 */
export const PUT = `${STORED}
if askedMade > nearFuture then return {'ahead'} end
if made and (cutoff > askedCutoff or (cutoff == askedCutoff and made >= askedMade)) then
  return {'older', redis.call('GET', KEYS[1])}
end
local function order(json)
  return json:match('"cutoff":"([^"]*)"') .. json:match('"generatedAt":"([^"]*)"')
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2] .. '\\n' .. ARGV[3], 'PX', ARGV[4])
local last = redis.call('GET', KEYS[2])
local isSound, isNewer = pcall(function() return order(last) > order(ARGV[3]) end)
if wasAhead or not (isSound and isNewer) then
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
end
return {'kept'}
`;

/**
 * Keys: the snapshot of these options, their lease. Arguments: cutoff and generatedAt of what the
 * replica knows, its token, the lease's duration in ms, its clock. Answers `newer` and the
 * snapshot, `clock`, `lead`, or `wait` and who has the lease.
 */
export const TURN = `${STORED}
if made and (cutoff > askedCutoff or (cutoff == askedCutoff and made > askedMade)) then
  return {'newer', redis.call('GET', KEYS[1])}
end
local holder = redis.call('GET', KEYS[2])
if math.abs(ARGV[5] - nowMs) > 30000 then
  if holder == ARGV[3] then redis.call('DEL', KEYS[2]) end
  return {'clock'}
end
if holder and holder ~= ARGV[3] then return {'wait', holder} end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return {'lead'}
`;

/**
 * Key: a note. Arguments: what it must say now, empty for none, what it is to say, its time to live
 * in ms, and the end of the time in which its sender waits, in ms of Redis' clock. Answers `kept`,
 * `other` or `late`.
 */
export const REPLACE_NOTE = `
local clock = redis.call('TIME')
if clock[1] * 1000 + math.floor(clock[2] / 1000) > tonumber(ARGV[4]) then return 'late' end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'other' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'kept'
`;

/** Key: the lease. Argument: the token of who gives it back. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;
