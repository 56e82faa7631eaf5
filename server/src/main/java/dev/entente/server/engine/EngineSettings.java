package dev.entente.server.engine;

import dev.entente.server.codec.PlanCodec;
import java.time.Duration;

/**
 * How an engine behaves.
 *
 * @param maxOpen transactions held in memory; what is accepted beyond that waits in the table
 * @param maxOpenBytes payload bytes held in memory, at least 1; what would come beyond that waits in the table
 * @param perParticipant the share of what is held in memory, and of a claim, that may wait on one participant while
 *     others need room
 * @param flushAfter how long progress that nobody waits for may be volatile
 * @param begunTimeout after which a BEGUN transaction without a deadline of its own is undone
 * @param pollEvery how often due rows are looked for
 * @param lease how long an incarnation may go on after its last renewal
 * @param claimBatch rows taken at once
 * @param maxPlanBytes of a plan with all its registered branches
 * @param maxBranches of a transaction, with all that were registered
 * @param keepsPayloads whether finished transactions keep bodies and responses
 * @param plans reads stored plans
 */
public record EngineSettings(
        int maxOpen,
        long maxOpenBytes,
        double perParticipant,
        Duration flushAfter,
        Duration begunTimeout,
        Duration pollEvery,
        Duration lease,
        int claimBatch,
        int maxPlanBytes,
        int maxBranches,
        boolean keepsPayloads,
        PlanCodec plans) {
    private static final double PER_PARTICIPANT = 0.5;
    private static final Duration BEGUN_TIMEOUT = Duration.ofSeconds(60);
    public static final EngineSettings STANDARD = new EngineSettings(
            200_000,
            1L << 30,
            PER_PARTICIPANT,
            Duration.ofMillis(250),
            BEGUN_TIMEOUT,
            Duration.ofMillis(250),
            Duration.ofSeconds(10),
            500,
            4 << 20,
            256,
            false,
            PlanCodec.standard());

    /** Returns settings with so many bytes of payload in memory. */
    public EngineSettings holding(long bytes) {
        return holding(maxOpen, bytes, perParticipant);
    }

    /** Returns settings with so much in memory, and such a share for those that wait on one participant. */
    public EngineSettings holding(int open, long bytes, double share) {
        return new EngineSettings(
                open,
                bytes,
                share,
                flushAfter,
                begunTimeout,
                pollEvery,
                lease,
                claimBatch,
                maxPlanBytes,
                maxBranches,
                keepsPayloads,
                plans);
    }
}
