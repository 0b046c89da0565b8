/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * The two copies of EAL's index of memseg lists (lib/eal/common/eal_memseg_index.c), whose words are taken for
 * relaxed atomics, in the memory model of C11 without loads that see later stores: a store is a message that a
 * thread may or may not have seen, with what its writer had seen. x86's memory is stronger than this;
 * aarch64's and POWER's are about this.
 *
 * A copy has two words. Version v is written to copy v % 2, and a look-up that takes version v must have read
 * v in both. One list is registered in odd versions, and then has v for its properties, which are cleared after
 * it was withdrawn: whoever finds it must have read these. Two readers look up, and start over as often as
 * the copies change; two writers write three times.
 *
 * spin -a index.pml && cc -DSAFETY -o pan pan.c && ./pan
 * With -DNO_RELEASE_FENCE, -DNO_ACQUIRE_FENCE, -DNO_RELEASE, -DNO_ACQUIRE, -DNO_CHECK, -DNO_PUBLISH_FENCE or
 * -DNO_WITHDRAW_FENCE, it has to fail.
 */

#define WRITES 3
#define GENERATION 4                    /* locations 0 to 3: word + 2 * copy */
#define PROPERTIES 5
#define LOCATIONS 6

/* How many stores of each location somebody has seen, or is to see: a view */
typedef view {
	byte seen[LOCATIONS]
}

/* Stores to a location, in their order; the first was there before */
typedef location {
	byte value[WRITES + 1];
	view with[WRITES + 1];
	byte last
}

location memory[LOCATIONS];

/* What the lock passes from a writer to the next */
view lock_view;
bit locked;

#define join(a, b) \
	d_step { \
		i = 0; \
		do \
		:: i < LOCATIONS -> \
			if \
			:: a.seen[i] < b.seen[i] -> a.seen[i] = b.seen[i] \
			:: else \
			fi; \
			i++ \
		:: else -> break \
		od \
	}

/* A relaxed store, whose message has the view that is given */
#define store(where, what, given) \
	d_step { \
		memory[where].last++; \
		memory[where].value[memory[where].last] = what; \
		mine.seen[where] = memory[where].last; \
		join_in(memory[where].with[memory[where].last], given) \
		memory[where].with[memory[where].last].seen[where] = memory[where].last \
	}

#define join_in(a, b) \
	i = 0; \
	do \
	:: i < LOCATIONS -> \
		if \
		:: a.seen[i] < b.seen[i] -> a.seen[i] = b.seen[i] \
		:: else \
		fi; \
		i++ \
	:: else -> break \
	od;

/* A relaxed load: of any store that is not older than what this thread has seen */
#define load(where, into) \
	atomic { \
		select(t : mine.seen[where] .. memory[where].last); \
		into = memory[where].value[t]; \
		d_step { \
			mine.seen[where] = t; \
			join_in(pending, memory[where].with[t]) \
		} \
	}

proctype writer(byte writes)
{
	view mine, fenced;
	byte i, n, version;

	n = 0;
	do
	:: n < writes ->
		/* rte_mcfg_mem_write_lock() */
		atomic {
			locked == 0 -> locked = 1;
			join_in(mine, lock_view)
		}
		version = memory[GENERATION].value[memory[GENERATION].last] + 1;
		if
		:: version % 2 == 1 ->
#ifndef NO_PUBLISH_FENCE
			/* eal_extmem_publish() */
			join(fenced, mine);
#endif
			store(PROPERTIES, version, fenced)
		:: else
		fi;
#ifndef NO_RELEASE_FENCE
		join(fenced, mine);
#endif
		store(2 * (version % 2), version, fenced);
		store(2 * (version % 2) + 1, version, fenced);
#ifdef NO_RELEASE
		store(GENERATION, version, fenced);
#else
		store(GENERATION, version, mine);
#endif
		if
		:: version % 2 == 0 ->
#ifndef NO_WITHDRAW_FENCE
			/* eal_extmem_withdraw() */
			join(fenced, mine);
#endif
			store(PROPERTIES, 0, fenced)
		:: else
		fi;
		atomic {
			join_in(lock_view, mine);
			locked = 0
		}
		n++
	:: else -> break
	od
}

proctype reader()
{
	view mine, pending;
	byte i, n, t, before, after, first, second, properties;

	n = 0;
	do
	:: n < 1 ->
		load(GENERATION, before);
#ifndef NO_ACQUIRE
		join(mine, pending);
#endif
		load(2 * (before % 2), first);
		load(2 * (before % 2) + 1, second);
		if
		:: before % 2 == 1 -> load(PROPERTIES, properties)
		:: else
		fi;
#ifndef NO_ACQUIRE_FENCE
		join(mine, pending);
#endif
		load(GENERATION, after);
#ifdef NO_CHECK
		after = before;
#endif
		if
		:: before == after ->
			/* the initial words are 0, also where version 1 will be: never taken for it */
			assert(first == before && second == before);
			assert(before % 2 == 0 || properties == before);
			n++
		:: else /* start over */
		fi;
		d_step { before = 0; after = 0; first = 0; second = 0; properties = 0; t = 0; i = 0 }
	:: else -> break
	od
}

init {
	atomic {
		run writer(2);
		run writer(1);
		run reader();
		run reader()
	}
}
