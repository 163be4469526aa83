/** How the script reads Redis' clock: Unix milliseconds with their fraction. */
export const READ_TIME = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000`

/** Entries are deleted this long after they have ended. */
export const KEEP_ENDED = 'local KEEP_ENDED_MS = 0'

/** A thread that gave no sign for so long may soon decide on its own, so its part of all buckets is set aside. */
export const ABSENT_AFTER_MS = 2_000
/** A thread decides on its own for at most this time after its last sign. */
export const ALONE_AT_MOST_MS = 3_600_000

/** What `hello` answers to a sign: it counts, there are too many, or it could not be written (late, or no memory). */
export const [TOO_MANY, MEMBER, NO_SIGN] = [0, 1, 2]

/** The answers of the script to a request. A limited one is a text: what each bucket holds. */
export const [ADMITTED, USED, OVER_SHARE, FULL] = [0, 1, 2, 3]

/**
 * The only code that runs in Redis. It has no shebang line: with one, Redis would refuse the whole script when its
 * memory is full, and a claim that is known would not be found.
 *
 * `hello` reads or renews the epoch; `batch` decides requests. The state of the deployment is a hash:
 *
 * - `id`, `run`, `replid`, `since`: the epoch. Claims signed before `since` may have been forgotten.
 * - `mark`, `rest`: at the time `mark`, no bucket held more than the part `rest` of its capacity. After a restart that
 *   is 0, because nobody knows what was taken before it.
 * - `part`: the part of each capacity that is not set aside for absent threads (`divide`).
 * - `lag`: milliseconds of refill that absent threads may have given out. Buckets fill by the time `now - lag`.
 * - `checked`: when absent threads were counted last.
 *
 * A bucket is 16 bytes: its tokens, and the time (less `lag`) at which it held them.
 */
export const ADMISSION_SCRIPT = `${READ_TIME}
${KEEP_ENDED}
local ABSENT_AFTER_MS, ALONE_AT_MOST_MS = ${ABSENT_AFTER_MS}, ${ALONE_AT_MOST_MS}
-- No bucket takes longer to fill; a mark is remembered for so long.
local LONGEST_FILL_MS = 900000
local CLOCK_STEP_MS = 2500
local lag, mark, rest, part, checked

local function read_state(id)
  local state = redis.call('HMGET', KEYS[1], 'id', 'lag', 'mark', 'rest', 'part', 'checked')
  if not state[1] or (id and state[1] ~= id) then return false end
  lag, mark, rest = tonumber(state[2]), tonumber(state[3]), tonumber(state[4])
  part, checked = tonumber(state[5]), tonumber(state[6])
  return true
end

local function count_absent()
  if now <= checked then return end
  local given, aside = 0, 0
  local absent = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ABSENT_AFTER_MS, 'WITHSCORES')
  for i = 1, #absent, 2 do
    local share, seen = tonumber(string.match(absent[i], '^%S+')), tonumber(absent[i + 1])
    local ends = seen + ALONE_AT_MOST_MS
    given = given + share * math.max(0, math.min(now, ends) - math.max(seen + ABSENT_AFTER_MS, checked))
    if now < ends then aside = aside + share else redis.call('ZREM', KEYS[2], absent[i]) end
  end
  lag = lag + given
  local left = math.max(0, 1 - aside)
  if left ~= part then
    local least = math.min(left, part)
    if now - lag - mark < LONGEST_FILL_MS then least = math.min(least, rest) end
    mark, rest, part = now - lag, least, left
  end
  checked = now
  redis.pcall('HSET', KEYS[1], 'lag', lag, 'mark', mark, 'rest', rest, 'part', part, 'checked', checked)
end

local function hello()
  local run, replid, known, contact = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
  local renew, share, member, latest = ARGV[6] == '1', tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
  local epoch = redis.call('HMGET', KEYS[1], 'id', 'run', 'replid', 'since', 'is_first')
  local id, since = epoch[1], tonumber(epoch[4])
  local is_other = id and (epoch[2] ~= run or epoch[3] ~= replid or since > now + CLOCK_STEP_MS)
  if not id or is_other or (renew and id == known) then
    -- Nobody who is connected knew another epoch: the deployment begins, and its buckets are full.
    local is_first = not id and known == ''
    id, since = string.format('%s %.0f', run, now * 1000), now
    redis.call('HSET', KEYS[1], 'id', id, 'run', run, 'replid', replid, 'since', now, 'is_first', is_first and 1 or 0)
    if not epoch[1] then redis.call('HSET', KEYS[1], 'lag', 0, 'mark', 0, 'rest', 1, 'part', 1, 'checked', now) end
    if not is_first then
      redis.call('HSET', KEYS[1], 'mark', now - redis.call('HGET', KEYS[1], 'lag'), 'rest', 0)
    end
  elseif epoch[5] == '1' and known ~= '' and known ~= id and since > contact then
    redis.call('HSET', KEYS[1], 'mark', now - redis.call('HGET', KEYS[1], 'lag'), 'rest', 0, 'is_first', 0)
  end
  read_state()
  local is_member = ${TOO_MANY}
  if share > 0 then
    count_absent()
    -- A late sign is none: its sender may decide alone by now.
    if member ~= '' and now > latest then
      is_member = ${NO_SIGN}
    elseif member ~= '' then
      local all = share
      for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
        if other ~= member then all = all + tonumber(string.match(other, '^%S+')) end
      end
      if all <= 1 + 1e-9 then
        local is_written = type(redis.pcall('ZADD', KEYS[2], now, member)) == 'number'
        is_member = is_written and ${MEMBER} or ${NO_SIGN}
      end
      count_absent()
    end
  end
  return { string.format('%.0f', now * 1000), id, string.format('%.0f', since), is_member,
    string.format('%.17g %.17g %.17g %.17g', lag, mark, rest, part) }
end

if ARGV[1] == 'hello' then return hello() end

local id, earliest, latest, divided = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local share_of_claims, given_state, numbers = tonumber(ARGV[6]), ARGV[7], ARGV[8]
local stamp = string.format('%.0f', now * 1000)
local key = 1
if given_state == '' then
  key = 3
  if not read_state(id) then return { stamp, 0 } end
  if divided > 0 and now - checked >= 1000 then count_absent() end
else
  local state = {}
  for number in string.gmatch(given_state, '%S+') do state[#state + 1] = tonumber(number) end
  lag, mark, rest, part = state[1], state[2], state[3], state[4]
end
-- Late, or Redis' clock was set: nothing is done, and the sender decides what that means.
if now < earliest or now > latest then return { stamp, 0 } end
local filled_to = now - lag

local function tokens_in(value, capacity, rate)
  local tokens, from, was_ahead = capacity, 0, false
  if value then
    tokens, from = struct.unpack('<dd', value)
    -- The clock went back, by more than a step of lag: what is there stays, and fills from now on.
    if from > filled_to + CLOCK_STEP_MS then
      from = filled_to
      was_ahead = true
    end
  end
  if from < mark then
    tokens = math.min(capacity * rest, tokens + (mark - from) * rate)
    from = mark
  end
  if filled_to > from then
    tokens = tokens + (filled_to - from) * rate
    from = filled_to
  end
  return math.min(tokens, capacity * part), from, was_ahead
end

-- What is stored under each key of the batch, and what it stores instead. A key can come several times.
local stored, written, lives = {}, {}, {}
local function load()
  for from = key, #KEYS, 4000 do
    local to = math.min(#KEYS, from + 3999)
    for i, value in ipairs(redis.call('MGET', unpack(KEYS, from, to))) do stored[KEYS[from + i - 1]] = value end
  end
end

local function put(name, value, life)
  stored[name], written[name], lives[name] = value, value, life
end

-- Memory may be full: then the first write fails, as all would, and nothing is written.
local function write_all()
  local is_first = true
  for name, value in pairs(written) do
    local done
    local life = lives[name]
    if life == 'same' then
      done = redis.pcall('SET', name, value, 'KEEPTTL')
    elseif life then
      done = redis.pcall('SET', name, value, 'PX', math.ceil(math.max(1, life)) + KEEP_ENDED_MS)
    else
      done = redis.pcall('SET', name, value)
    end
    if done.err then
      if is_first and string.find(done.err, 'OOM', 1, true) then return false end
      error(done.err, 0)
    end
    is_first = false
  end
  return true
end

local function decide(is_full)
  local answers, at, key = { stamp, 1 }, 1, key
  while at <= #numbers do
    local charges, claim_life, span, is_asked
    charges, claim_life, span, is_asked, at = struct.unpack('<dddd', numbers, at)
    local answer, first, claims_left = ${ADMITTED}, key, nil
    if claim_life > 0 then
      first = key + (span > 0 and 2 or 1)
      local ends = stored[KEYS[key]]
      if ends and tonumber(ends) > now then answer = ${USED} end
    end
    local held, since, sizes, is_limited = {}, {}, at, false
    for i = 1, charges do
      local capacity, rate, cost
      capacity, rate, cost, at = struct.unpack('<ddd', numbers, at)
      if answer == ${ADMITTED} then
        local was_ahead
        held[i], since[i], was_ahead = tokens_in(stored[KEYS[first + i - 1]], capacity, rate)
        if was_ahead and not is_full then put(KEYS[first + i - 1], struct.pack('<dd', held[i], since[i]), 'same') end
        if held[i] < cost - capacity * 1e-12 then is_limited = true end
      end
    end
    if is_asked == 1 or is_limited then
      for i = 1, charges do held[i] = string.format('%.17g', held[i]) end
      answer = table.concat(held, ' ')
    elseif answer == ${ADMITTED} and span > 0 then
      local left = stored[KEYS[key + 1]]
      claims_left = share_of_claims
      if left then
        local tokens, from = struct.unpack('<dd', left)
        if from > now + CLOCK_STEP_MS then
          from = now
          if not is_full then put(KEYS[key + 1], struct.pack('<dd', tokens, now), 'same') end
        end
        claims_left = math.min(share_of_claims, tokens + math.max(0, now - from) * share_of_claims / span)
      end
      if claims_left < 1 then answer = ${OVER_SHARE} end
    end
    if answer == ${ADMITTED} and is_full then
      answer = ${FULL}
    elseif answer == ${ADMITTED} then
      if claim_life > 0 then put(KEYS[key], math.ceil(now + claim_life), claim_life) end
      if claims_left then
        claims_left = claims_left - 1
        put(KEYS[key + 1], struct.pack('<dd', claims_left, now), (share_of_claims - claims_left) * span / share_of_claims)
      end
      for i = 1, charges do
        local capacity, rate, cost
        capacity, rate, cost, sizes = struct.unpack('<ddd', numbers, sizes)
        local tokens = held[i] - cost
        if tokens < capacity then
          local life = rate > 0 and (capacity - tokens) / rate or nil
          if life and divided > 0 then life = 2 * life + 1000 end
          put(KEYS[first + i - 1], struct.pack('<dd', tokens, since[i]), life)
        end
      end
    end
    key = first + charges
    answers[#answers + 1] = answer
  end
  return answers
end

if #numbers == 0 then return { stamp, 1 } end
load()
local answers = decide(false)
if not write_all() then
  stored = {}
  load()
  answers = decide(true)
end
return answers
`
