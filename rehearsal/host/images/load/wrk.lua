-- Counts answers by status, and the good ones by release, and prints one line of JSON at the end.
local threads = {}
statuses, releases = {}, {}

function setup(thread)
   table.insert(threads, thread)
end

function response(status, headers, body)
   local release = headers["X-Release"] or headers["x-release"] or ""
   statuses[tostring(status)] = (statuses[tostring(status)] or 0) + 1
   if status >= 200 and status < 300 then
      releases[release] = (releases[release] or 0) + 1
   end
end

local function object(counts)
   local fields = {}
   for name, count in pairs(counts) do
      table.insert(fields, string.format('"%s": %d', name, count))
   end
   return "{" .. table.concat(fields, ", ") .. "}"
end

local function sum(name)
   local all = {}
   for _, thread in ipairs(threads) do
      for key, count in pairs(thread:get(name)) do
         all[key] = (all[key] or 0) + count
      end
   end
   return object(all)
end

function done(summary, latency, requests)
   local errors = summary.errors
   print(string.format('{"statuses": %s, "releases": %s, "errors": %s}', sum("statuses"), sum("releases"), object({
      connect = errors.connect, read = errors.read, write = errors.write, timeout = errors.timeout,
   })))
end
