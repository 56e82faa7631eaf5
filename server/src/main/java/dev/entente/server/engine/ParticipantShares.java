package dev.entente.server.engine;

import dev.entente.server.participant.Participants;
import dev.entente.server.store.DueWork;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps transactions that wait on one participant from filling the memory. Each may hold its share of it while others
 * need room; alone it may hold all. What comes beyond rests in its row, under the participant's name, and is claimed by
 * that name when there is room again.
 *
 * <p>A transaction is counted from its first call to a participant until that is answered for good: one addition then,
 * and one afterwards. The counts matter only while more than a quarter of the memory is taken. Thread-safe.
 */
public final class ParticipantShares {
    /** A participant is alone when no other was waited on for so long. */
    private static final Duration ALONE_AFTER = Duration.ofSeconds(10);
    /** The number of rows that are claimed beyond the limit at least. */
    private static final int FEW = 8;
    /** Participants without a load that are remembered at most, about. */
    private static final int MANY = 1000;

    private final Memory memory;
    private final Participants participants;
    private final World world;
    private final EngineSettings settings;
    private final ConcurrentHashMap<String, Load> loads = new ConcurrentHashMap<>();
    /** The participants on which anybody waits. */
    private final AtomicInteger waitedOn = new AtomicInteger();
    /** When two were waited on last, or others than those on whom somebody waits needed room. */
    private volatile long sharedNanos;

    ParticipantShares(Memory memory, Participants participants, World world, EngineSettings settings) {
        this.memory = memory;
        this.participants = participants;
        this.world = world;
        this.settings = settings;
        this.sharedNanos = world.nanos().getAsLong() - ALONE_AFTER.toNanos();
    }

    /** The transactions that wait on one participant, and below in the same number their bytes. */
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

    /** The place of one transaction among those that wait on a participant. Thread-safe. */
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

        /** Tells whether it was taken until now. */
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

        /** Tells whether its call is not made or called back, for too many wait: the place is left then. */
        boolean yields() {
            return isPressed() && isBeyondItsShare(load) && !isAlone() && leave();
        }
    }

    /** Takes a place for a transaction of so many bytes. */
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

    /** Tells whether no more may wait on that participant now. */
    boolean turnsAway(String participant) {
        if (!isPressed()) {
            return false;
        }
        Load load = loads.get(participant);
        return load != null && hasItsShare(load) && !isAlone();
    }

    /**
     * There is no room in memory for these: whoever has more than its share has to leave some. What is held back by
     * somebody on whom others wait already does not ask for more.
     */
    public void fullWhile(DueWork due) {
        boolean isAnyOther = due.heldBack().stream().anyMatch(heldBack -> open(heldBack.participant()) == 0);
        if (isAnyOther || !due.buckets().isEmpty()) {
            sharedNanos = world.nanos().getAsLong();
        }
    }

    /** Tells whether so much is in memory that somebody may have to leave it. */
    boolean isPressed() {
        return memory.open() > settings.maxOpen() / 4 || memory.heldBytes() > settings.maxOpenBytes() / 4;
    }

    private int open(String participant) {
        Load load = loads.get(participant);
        return load == null ? 0 : load.open();
    }

    private boolean isAlone() {
        long now = world.nanos().getAsLong();
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

    /** Tells whether some participant has as much as its share, or more. */
    public boolean isAnyCrowd() {
        return loads.values().stream().anyMatch(this::hasItsShare);
    }

    /**
     * How many more rows may be claimed. Where memory is full because a participant has more than its share, whose
     * calls under way nobody can call back, a few are let in all the same; one that waits on it, too, rests again under
     * its name.
     */
    public int roomToClaim() {
        if (memory.hasRoom()) {
            return memory.room();
        }
        int grace = !isAnyCrowd() || isAlone() ? 0 : Math.max(FEW, settings.maxOpen() / 16);
        boolean isFarBeyond = memory.heldBytes() - settings.maxOpenBytes() >= settings.maxOpenBytes() / 8;
        return isFarBeyond ? 0 : Math.clamp((long) settings.maxOpen() + grace - memory.open(), 0, grace);
    }

    /**
     * How many rows that a participant holds back may be claimed now. A quarter of its share is left to what comes by
     * itself.
     */
    public int room(String participant) {
        int wanted = participants.room(participant);
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

    /** How many rows of one claim may wait on one participant. */
    public int ofClaim(int limit) {
        return Math.max(1, (int) (limit * settings.perParticipant()));
    }
}
