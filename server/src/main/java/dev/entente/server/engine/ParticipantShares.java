package dev.entente.server.engine;

import dev.entente.server.participant.Participants;
import dev.entente.server.store.DueWork;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The limits for transactions that wait on one participant, so that these transactions do not fill the memory. They may
 * use the participant's share while others need capacity, and the complete memory while the participant is alone.
 * Further transactions rest in their rows under the participant's name, and are claimed by that name once there is
 * capacity.
 *
 * <p>A transaction counts from its first call to a participant until the final answer: one addition at each end. The
 * counts matter only while more than a quarter of the memory is used. Thread-safe.
 */
public final class ParticipantShares {
    /** The time without waits on any other participant after which a participant is alone. */
    private static final Duration ALONE_AFTER = Duration.ofSeconds(10);
    /** The minimum number of rows that are claimed beyond the limit. */
    private static final int FEW = 8;
    /** The approximate maximum of remembered participants without load. */
    private static final int MANY = 1000;

    private final Memory memory;
    private final Participants participants;
    private final EngineEnvironment environment;
    private final EngineSettings settings;
    private final ConcurrentHashMap<String, Load> loads = new ConcurrentHashMap<>();
    /** The number of participants on which any transaction waits. */
    private final AtomicInteger waitedOn = new AtomicInteger();
    /** The last time when two participants had waits, or when due rows or other participants needed capacity. */
    private volatile long sharedNanos;

    ParticipantShares(
            Memory memory, Participants participants, EngineEnvironment environment, EngineSettings settings) {
        this.memory = memory;
        this.participants = participants;
        this.environment = environment;
        this.settings = settings;
        this.sharedNanos = environment.nanos().getAsLong() - ALONE_AFTER.toNanos();
    }

    /** The transactions that wait on one participant and, in the lower bits of the same number, their bytes. */
    private static final class Load {
        private static final int BITS_OF_BYTES = 40;

        final AtomicLong sum = new AtomicLong();

        static long one(long bytes) {
            return (1L << BITS_OF_BYTES) + bytes;
        }

        int open() {
            return (int) (sum.get() >>> BITS_OF_BYTES);
        }

        long bytes() {
            return sum.get() & ((1L << BITS_OF_BYTES) - 1);
        }
    }

    /** The place of one transaction among the transactions that wait on a participant. Thread-safe. */
    final class Place {
        private static final AtomicIntegerFieldUpdater<Place> LEFT =
                AtomicIntegerFieldUpdater.newUpdater(Place.class, "left");

        final String participant;
        private final Load load;
        private final long counted;
        private volatile int left;

        private Place(String participant, Load load, long counted) {
            this.participant = participant;
            this.load = load;
            this.counted = counted;
            if (load.sum.addAndGet(counted) == counted) {
                waitedOn.incrementAndGet();
            }
        }

        /** Leaves the place. Returns whether the place was taken until now. */
        boolean leave() {
            boolean isLeaving = left == 0 && LEFT.compareAndSet(this, 0, 1);
            if (isLeaving && load.sum.addAndGet(-counted) == 0) {
                waitedOn.decrementAndGet();
            }
            return isLeaving;
        }

        boolean isLeft() {
            return left != 0;
        }

        /**
         * Returns whether too many transactions wait. Then the call is not made or is cancelled, and the place is left.
         */
        boolean yields() {
            return isPressed() && isBeyondItsShare(load) && !isAlone() && leave();
        }
    }

    /** Takes a place for a transaction with that many bytes. */
    Place enter(String participant, long bytes) {
        Load load = loads.get(participant);
        return new Place(participant, load == null ? first(participant) : load, Load.one(bytes));
    }

    private Load first(String participant) {
        if (loads.size() > MANY) {
            loads.values().removeIf(load -> load.sum.get() == 0);
        }
        return loads.computeIfAbsent(participant, _ -> new Load());
    }

    /** Returns whether no further transaction may wait on that participant now. */
    boolean rejects(String participant) {
        if (!isPressed()) {
            return false;
        }
        Load load = loads.get(participant);
        return load != null && hasItsShare(load) && !isAlone();
    }

    /**
     * Records that memory has no capacity for these rows, so that participants above their share must yield. Rows held
     * back by participants that already have waits in memory do not count.
     */
    public void fullWhile(DueWork due) {
        boolean isAnyOther = due.heldBack().stream().anyMatch(heldBack -> open(heldBack.participant()) == 0);
        if (isAnyOther || !due.buckets().isEmpty()) {
            sharedNanos = environment.nanos().getAsLong();
        }
    }

    /** Returns whether so much memory is used that transactions may have to leave. */
    boolean isPressed() {
        return memory.open() > settings.maxOpen() / 4 || memory.heldBytes() > settings.maxOpenBytes() / 4;
    }

    private int open(String participant) {
        Load load = loads.get(participant);
        return load == null ? 0 : load.open();
    }

    private boolean isAlone() {
        long now = environment.nanos().getAsLong();
        if (waitedOn.get() > 1) {
            sharedNanos = now;
        }
        return now - sharedNanos >= ALONE_AFTER.toNanos();
    }

    private boolean hasItsShare(Load load) {
        return load.open() >= shareOpen() || load.bytes() >= shareBytes();
    }

    private boolean isBeyondItsShare(Load load) {
        return load.open() > shareOpen() || load.bytes() > shareBytes();
    }

    private int shareOpen() {
        return Math.max(1, (int) (settings.maxOpen() * settings.perParticipant()));
    }

    private long shareBytes() {
        return Math.max(1, (long) (settings.maxOpenBytes() * settings.perParticipant()));
    }

    /** Returns whether any participant uses its share or more. */
    public boolean isAnyCrowd() {
        return loads.values().stream().anyMatch(this::hasItsShare);
    }

    /**
     * Returns how many more rows may be claimed. Memory may be full because a participant exceeds its share with calls
     * that cannot be cancelled. Then a few rows are still claimed. Such a row rests again if it waits on that
     * participant, too.
     */
    public int capacityToClaim() {
        if (memory.hasCapacity()) {
            return memory.capacity();
        }
        int grace = !isAnyCrowd() || isAlone() ? 0 : Math.max(FEW, settings.maxOpen() / 16);
        boolean isFarBeyond = memory.heldBytes() - settings.maxOpenBytes() >= settings.maxOpenBytes() / 8;
        return isFarBeyond ? 0 : Math.clamp((long) settings.maxOpen() + grace - memory.open(), 0, grace);
    }

    /**
     * Returns how many rows that a participant holds back may be claimed now. A quarter of its share stays free for
     * other arrivals.
     */
    public int capacity(String participant) {
        int wanted = participants.capacity(participant);
        int open = open(participant);
        if (wanted == 0 || open == 0 || !isPressed()) {
            return wanted;
        }
        if (isAlone()) {
            return Math.clamp((long) settings.maxOpen() - open, 0, wanted);
        }
        long most = (long) shareOpen() - shareOpen() / 4;
        Load load = loads.get(participant);
        boolean isLarge = load != null && load.bytes() >= shareBytes();
        return isLarge ? 0 : Math.clamp(most - open, 0, wanted);
    }

    /** Returns how many rows of one claim may wait on one participant. */
    public int ofClaim(int limit) {
        return Math.max(1, (int) (limit * settings.perParticipant()));
    }
}
