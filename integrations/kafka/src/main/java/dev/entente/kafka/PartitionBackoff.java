package dev.entente.kafka;

import dev.entente.wire.GrowingWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.TopicPartition;

/**
 * The failed record of each partition, its number of failures, and the end of the partition's rest. At most one entry
 * for each partition. For one thread.
 */
final class PartitionBackoff {
    private static final GrowingWait WAITS = GrowingWait.doubling(Duration.ofMillis(500), Duration.ofSeconds(30));

    private final int attempts;
    private final Map<TopicPartition, Setback> byPartition = new HashMap<>();

    /** @param attempts how many failures of its own a record may have */
    PartitionBackoff(int attempts) {
        this.attempts = attempts;
    }

    /**
     * A record that failed.
     *
     * @param ownFailures failures that are not the database's
     */
    private record Setback(long offset, int failures, int ownFailures, long restUntilNanos) {}

    /**
     * Records a failure of this record, and how long its partition rests: a random time below a limit that doubles.
     *
     * @param isOwn whether the record is the cause, as far as is known
     */
    void failed(TopicPartition partition, long offset, boolean isOwn) {
        Setback last = byPartition.get(partition);
        Setback same = last == null || last.offset() != offset ? new Setback(offset, 0, 0, 0) : last;
        int failures = same.failures() + 1;
        int ownFailures = same.ownFailures() + (isOwn ? 1 : 0);
        long rest = WAITS.after(failures, ThreadLocalRandom.current()).toNanos();
        byPartition.put(partition, new Setback(offset, failures, ownFailures, System.nanoTime() + rest));
    }

    /** Returns whether this record has failed as often as permitted. */
    boolean isGivenUp(TopicPartition partition, long offset) {
        Setback last = byPartition.get(partition);
        return last != null && last.offset() == offset && last.ownFailures() >= attempts;
    }

    /** Returns the partitions whose rest has ended. */
    List<TopicPartition> rested() {
        List<TopicPartition> rested = new ArrayList<>();
        byPartition.forEach((partition, last) -> {
            if (System.nanoTime() - last.restUntilNanos() >= 0) {
                rested.add(partition);
            }
        });
        return rested;
    }

    /** Returns whether the partition rests now. */
    boolean isResting(TopicPartition partition) {
        Setback last = byPartition.get(partition);
        return last != null && System.nanoTime() - last.restUntilNanos() < 0;
    }

    void passed(TopicPartition partition) {
        byPartition.remove(partition);
    }

    /** Removes partitions that another consumer has now. */
    void forget(Collection<TopicPartition> partitions) {
        partitions.forEach(byPartition::remove);
    }
}
