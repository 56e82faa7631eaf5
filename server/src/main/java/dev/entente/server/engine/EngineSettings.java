package dev.entente.server.engine;

import dev.entente.server.codec.PlanCodec;
import java.time.Duration;

/**
 * The settings of an engine.
 *
 * @param maxOpen the maximum number of transactions in memory; further accepted ones wait in the table
 * @param maxOpenBytes the maximum of payload bytes in memory, at least 1; further transactions wait in the table
 * @param perParticipant the share of the memory, and of a claim, that transactions waiting on one participant may use
 *     while others need capacity
 * @param flushAfter the maximum time for which progress without a waiting client may be volatile
 * @param begunTimeout the time after which a BEGUN transaction without its own deadline is undone
 * @param pollEvery the interval between searches for due rows
 * @param lease the time for which an incarnation may continue after its last renewal
 * @param claimBatch the number of rows per claim
 * @param maxPlanBytes the maximum size of a plan with all its registered branches
 * @param maxBranches the maximum number of branches of a transaction, including registered branches
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

    /** Returns settings with that limit of payload bytes in memory. */
    public EngineSettings holding(long bytes) {
        return holding(maxOpen, bytes, perParticipant);
    }

    /** Returns settings with those memory limits and that share per participant. */
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
