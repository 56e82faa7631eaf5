package dev.entente.server.api.access;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who may register children below another's branch: whoever was called for it, and can show the call's token.
 * Thread-safe.
 */
public final class JoinProof {
    private static final Logger LOG = LoggerFactory.getLogger(JoinProof.class);
    private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    private final JoinTokens tokens;
    private final boolean isRequired;
    private final Metrics metrics;
    private final AtomicLong warnedNanos = new AtomicLong(System.nanoTime() - PAUSE_NANOS);

    /** @param isRequired false: whoever has no token is let in, counted, and told of once a minute */
    public JoinProof(JoinTokens tokens, boolean isRequired, Metrics metrics) {
        this.tokens = tokens;
        this.isRequired = isRequired;
        this.metrics = metrics;
    }

    /** The token by which the participant of that branch may register children. */
    public String tokenOf(String gid, String branch, long fence) {
        return tokens.of(gid, branch, fence);
    }

    /**
     * Registers a child.
     *
     * @param token as it came
     * @param parent the branch that the child is to lie below
     * @param asOwner registers it if the transaction is the caller's own; fails with ENT-030 if it is not
     * @param asAnybody registers it whoever asks
     */
    public CompletableFuture<Snapshot> join(
            String token,
            String gid,
            String parent,
            Supplier<CompletableFuture<Snapshot>> asOwner,
            Supplier<CompletableFuture<Snapshot>> asAnybody) {
        if (tokens.proves(token, gid, parent)) {
            return asAnybody.get();
        }
        return isRequired
                ? asOwner.get()
                : asOwner.get().exceptionallyCompose(thrown -> {
                    if (!(Errors.unwrap(thrown) instanceof Refusal refusal) || refusal.code() != ErrorCode.NOT_FOUND) {
                        return CompletableFuture.failedFuture(thrown);
                    }
                    warn();
                    return asAnybody.get();
                });
    }

    private void warn() {
        metrics.joinedUnproven();
        long now = System.nanoTime();
        long before = warnedNanos.get();
        if (now - before >= PAUSE_NANOS && warnedNanos.compareAndSet(before, now)) {
            LOG.warn("a branch was registered below another's without a token; auth.joinTokens: require refuses that");
        }
    }
}
