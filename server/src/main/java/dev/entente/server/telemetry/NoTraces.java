package dev.entente.server.telemetry;

import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Plan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Records nothing. */
final class NoTraces implements Traces {
    @Override
    public boolean areOn() {
        return false;
    }

    @Override
    public void accepted(GlobalTransaction transaction) {}

    @Override
    public void operated(String gid, Plan plan, String operation, String actor, Instant since) {}

    @Override
    public void finished(GlobalTransaction transaction, Runnable measure) {
        measure.run();
    }

    @Override
    public @Nullable Call call(
            GlobalTransaction transaction, String branch, String op, int attempt, long fence, String participant) {
        return null;
    }

    @Override
    public void close() {}
}
