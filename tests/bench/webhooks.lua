-- wrk ... -s webhooks.lua URL -- FOLDER [TOLD]: sends what webhooks.py made, and prints
--
--	a second, median, 99 % within and latest in milliseconds, errors, seconds
--
-- TOLD: the number of each job that was told with a 202 goes to TOLD.1 and TOLD.2, a line each, as
-- soon as wrk has it, which costs time.
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("part", threads)
end

function init(args)
	local folder, told = args[1], args[2]

	file = assert(io.open(folder .. "/" .. part, "rb"))
	request = function()
		local length = file:read(8)

		if not length then -- all over again: these are duplicates
			file:seek("set", 0)
			length = file:read(8)
		end
		return file:read(tonumber(length))
	end
	if not told then
		return
	end
	note = assert(io.open(told .. "." .. part, "w"))
	note:setvbuf("no")
	response = function(status, headers, body)
		if status == 202 then
			note:write(body:match('"job": *(%d+)') .. "\n")
		end
	end
end

function done(summary, latency, requests)
	local errors = summary.errors

	io.write(string.format("figures %.0f %.3f %.3f %.3f %d %.3f\n",
		summary.requests * 1e6 / summary.duration, latency:percentile(50) / 1000,
		latency:percentile(99) / 1000, latency.max / 1000,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		summary.duration / 1e6))
end
