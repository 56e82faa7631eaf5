package dev.entente.server.engine;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.DueWork;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps transactions that wait on one participant from filling the memory. Each may hold its share of it while others
 * need room; alone it may hold all. What comes beyond rests in its row, under the participant's name, and is claimed by
 * that name when there is room again.
 *
 * <p>Nobody is counted as calls come and go: the mailboxes are counted now and then, and only while more than a quarter
 * of the memory is taken. Until then a call costs the read of a field, and a transaction that comes in asks how many
 * there are. Thread-safe.
 */
public final class ParticipantShares {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    /** A participant is alone when no other was waited on for so long. */
    private static final Duration ALONE_AFTER = Duration.ofSeconds(10);
    /** The number of rows that are claimed beyond the limit at least. */
    private static final int FEW = 8;

    private final Collection<Mailbox> mailboxes;
    private final Memory memory;
    private final Participants participants;
    private final World world;
    private final EngineSettings settings;
    private final ReentrantLock looking = new ReentrantLock();
    private final AtomicInteger comeSinceLook = new AtomicInteger();
    private volatile Count counted = Count.NOTHING;
    private volatile boolean isWatching;
    private volatile long bytesAtLook;
    private volatile long sharedNanos;
    private volatile boolean isClosed;

    /**
     * How the memory was taken at the last look.
     *
     * @param waiting by participant, all on whom somebody waits
     * @param crowded of these, those that have their share
     */
    private record Count(Map<String, Tally> waiting, Map<String, Tally> crowded) {
        static final Count NOTHING = new Count(Map.of(), Map.of());
    }

    /** Transactions that wait on one participant, and how many of them are too many. */
    private static final class Tally {
        private int open;
        private long bytes;
        private final AtomicInteger excess = new AtomicInteger();

        void add(Mailbox mailbox) {
            open++;
            bytes += mailbox.weight().bytes();
        }

        boolean takeExcess() {
            return excess.get() > 0 && excess.getAndDecrement() > 0;
        }
    }

    /** @param mailboxes a view of what is in memory */
    ParticipantShares(
            Collection<Mailbox> mailboxes,
            Memory memory,
            Participants participants,
            World world,
            EngineSettings settings) {
        this.mailboxes = mailboxes;
        this.memory = memory;
        this.participants = participants;
        this.world = world;
        this.settings = settings;
        this.sharedNanos = world.nanos().getAsLong() - ALONE_AFTER.toNanos();
    }

    void close() {
        isClosed = true;
    }

    // ---- when to look

    /** A transaction has come into memory. */
    void grown() {
        if (isPressed()) {
            boolean isMany = comeSinceLook.incrementAndGet() >= Math.max(1, settings.maxOpen() / 16)
                    || memory.heldBytes() - bytesAtLook >= settings.maxOpenBytes() / 16;
            if (isMany || !isWatching) {
                look();
            }
        }
    }

    /**
     * There is no room in memory for these: whoever has more than its share has to leave some. What is held back by
     * somebody on whom others wait already does not ask for more.
     */
    public void fullWhile(DueWork due) {
        Map<String, Tally> waiting = counted.waiting();
        boolean isAnyOther = due.heldBack().stream().anyMatch(heldBack -> !waiting.containsKey(heldBack.participant()));
        if (isAnyOther || !due.buckets().isEmpty()) {
            sharedNanos = world.nanos().getAsLong();
            look();
        }
    }

    /** Tells whether so much is in memory that somebody may have to leave it. */
    boolean isPressed() {
        return mailboxes.size() > settings.maxOpen() / 4 || memory.heldBytes() > settings.maxOpenBytes() / 4;
    }

    /** One look at a time; whoever finds one under way does without. */
    private void look() {
        if (looking.tryLock()) {
            try {
                count();
                if (!isWatching && !isClosed) {
                    isWatching = true;
                    watch();
                }
            } finally {
                looking.unlock();
            }
        }
    }

    private void watch() {
        world.timers().schedule(BETWEEN_LOOKS, () -> {
            if (isClosed || !isPressed()) {
                counted = Count.NOTHING;
                isWatching = false;
                return;
            }
            try {
                look();
            } finally {
                watch();
            }
        });
    }

    private void count() {
        comeSinceLook.set(0);
        bytesAtLook = memory.heldBytes();
        Map<String, Tally> waiting = new HashMap<>();
        for (Mailbox mailbox : mailboxes) {
            String participant = mailbox.calls().count();
            if (participant != null) {
                waiting.computeIfAbsent(participant, _ -> new Tally()).add(mailbox);
            }
        }
        if (waiting.size() > 1) {
            sharedNanos = world.nanos().getAsLong();
        }
        Map<String, Tally> crowded = new HashMap<>();
        if (!isAlone()) {
            waiting.forEach((participant, tally) -> {
                if (hasItsShare(tally)) {
                    tally.excess.set(excess(tally));
                    crowded.put(participant, tally);
                }
            });
        }
        counted = new Count(waiting, Map.copyOf(crowded));
    }

    private boolean isAlone() {
        return world.nanos().getAsLong() - sharedNanos >= ALONE_AFTER.toNanos();
    }

    private boolean hasItsShare(Tally tally) {
        return tally.open >= shareOpen() || tally.bytes >= shareBytes();
    }

    private int excess(Tally tally) {
        long byBytes = tally.bytes <= shareBytes() ? 0 : (tally.bytes - shareBytes()) / (tally.bytes / tally.open);
        return (int) Math.max(tally.open - shareOpen(), byBytes);
    }

    private int shareOpen() {
        return Math.max(1, (int) (settings.maxOpen() * settings.perParticipant()));
    }

    private long shareBytes() {
        return Math.max(1, (long) (settings.maxOpenBytes() * settings.perParticipant()));
    }

    // ---- what follows

    /**
     * Tells whether a call to that participant is not made now, for too many wait on it already. Who was among them at
     * the last look may stay until there are more than its share.
     */
    boolean turnsAway(Mailbox mailbox, String participant) {
        Tally crowd = counted.crowded().get(participant);
        return crowd != null && (!participant.equals(mailbox.calls().countedFor()) || crowd.takeExcess());
    }

    /** Tells whether a call that waits to leave is called back, for too many wait on its participant. */
    boolean callsBack(Mailbox mailbox) {
        Map<String, Tally> crowded = counted.crowded();
        if (crowded.isEmpty()) {
            return false;
        }
        String participant = mailbox.calls().waitsOn();
        Tally crowd = participant == null ? null : crowded.get(participant);
        return crowd != null && crowd.takeExcess();
    }

    /** Tells whether some participant has as much as its share, or more. */
    public boolean isAnyCrowd() {
        return counted.waiting().values().stream().anyMatch(this::hasItsShare);
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
        int grace = counted.crowded().isEmpty() ? 0 : Math.max(FEW, settings.maxOpen() / 16);
        boolean isFarBeyond = memory.heldBytes() - settings.maxOpenBytes() >= settings.maxOpenBytes() / 8;
        return isFarBeyond ? 0 : Math.clamp((long) settings.maxOpen() + grace - mailboxes.size(), 0, grace);
    }

    /**
     * How many rows that a participant holds back may be claimed now. A quarter of its share is left to what comes by
     * itself.
     */
    public int room(String participant) {
        int wanted = participants.room(participant);
        if (wanted == 0 || !isPressed()) {
            return wanted;
        }
        look();
        Tally tally = counted.waiting().get(participant);
        if (tally == null) {
            return wanted;
        }
        if (isAlone()) {
            return Math.clamp((long) settings.maxOpen() - tally.open, 0, wanted);
        }
        long most = (long) shareOpen() - shareOpen() / 4;
        return tally.bytes >= shareBytes() ? 0 : Math.clamp(most - tally.open, 0, wanted);
    }

    /** How many rows of one claim may wait on one participant. */
    public int ofClaim(int limit) {
        return Math.max(1, (int) (limit * settings.perParticipant()));
    }

    /**
     * Returns the participant that the transaction waits for, or null. It is that of the first call under way, else of
     * the first that is to be repeated.
     */
    static @Nullable String participant(GlobalTransaction transaction) {
        String repeated = null;
        for (int i = 0; i < transaction.progress().branches().size(); i++) {
            BranchProgress branch = transaction.progress().branch(i);
            if (branch.isInFlight()) {
                return participant(transaction, i);
            } else if (repeated == null
                    && branch.nextAttemptAt() != null
                    && !branch.state().isSettled()) {
                repeated = participant(transaction, i);
            }
        }
        return repeated;
    }

    private static @Nullable String participant(GlobalTransaction transaction, int index) {
        Operation operation = transaction
                .plan()
                .branches()
                .get(index)
                .operation(transaction.progress().branch(index).role());
        return operation == null ? null : operation.target().participant();
    }
}
