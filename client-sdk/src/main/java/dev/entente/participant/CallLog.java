package dev.entente.participant;

import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A participant's log of coordinators' calls: gid and branch in the MDC while a handler runs, one line for each
 * verdict, and a span. The thread that calls {@link #enter} must call {@link #leave}.
 */
final class CallLog {
    static final String GID = "entente.gid";
    static final String BRANCH = "entente.branch";

    private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);
    private static final CallLog NONE = new CallLog(null, null, () -> {});
    private static final Context.Key<TraceSpan> SPAN = Context.keyWithDefault("entente-span", TraceSpan.NONE);

    private final @Nullable String gidBefore;
    private final @Nullable String branchBefore;
    private final Runnable leaveSpan;

    private CallLog(@Nullable String gidBefore, @Nullable String branchBefore, Runnable leaveSpan) {
        this.gidBefore = gidBefore;
        this.branchBefore = branchBefore;
        this.leaveSpan = leaveSpan;
    }

    /** Returns the call's context with a new span, if the call is of a branch. The caller calls {@link #end}. */
    static Context traced(Context call, Tracing tracing) {
        Context before = call.attach();
        try {
            return Branch.current()
                    .map(branch -> call.withValue(SPAN, start(branch, tracing)))
                    .orElse(call);
        } finally {
            call.detach(before);
        }
    }

    private static TraceSpan start(Branch branch, Tracing tracing) {
        String parent = TraceParent.current().map(TraceParent::header).orElse("");
        TraceSpan span = tracing.start(Tracing.Kind.SERVER, branch.op() + " " + branch.name(), parent);
        span.attribute(GID, branch.gid());
        span.attribute(BRANCH, branch.name());
        span.attribute("entente.op", branch.op().text());
        span.attribute("entente.attempt", branch.attempt());
        return span;
    }

    /** Ends the span of {@link #traced}, if there is one. */
    static void end(Context call, String error) {
        SPAN.get(call).end(error);
    }

    /** @param branch the call's branch; null for other calls, whose log lines do not change */
    static CallLog enter(@Nullable Branch branch) {
        if (branch == null) {
            return NONE;
        }
        CallLog before = new CallLog(MDC.get(GID), MDC.get(BRANCH), SPAN.get().enter());
        MDC.put(GID, branch.gid());
        MDC.put(BRANCH, branch.name());
        return before;
    }

    /** Restores the previous values of the MDC. */
    void leave() {
        leaveSpan.run();
        if (this != NONE) {
            restore(GID, gidBefore);
            restore(BRANCH, branchBefore);
        }
    }

    private static void restore(String key, @Nullable String before) {
        if (before == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, before);
        }
    }

    /**
     * Logs a verdict in one line; a wrong configuration is logged with the stack trace. {@link InProgress} is no
     * verdict and is not logged.
     */
    static void verdict(@Nullable Branch branch, BranchException exception) {
        String reason = exception.reason().isEmpty() ? exception.grpcCode().name() : exception.reason();
        SPAN.get().attribute("entente.outcome", reason.toLowerCase(Locale.ROOT));
        if (exception instanceof BarrierUnusable) {
            LOG.error("{}", exception.getMessage(), exception);
        } else if (branch != null && !(exception instanceof InProgress) && LOG.isInfoEnabled()) {
            CallLog log = enter(branch);
            LOG.info("{} has the response {}: {}", branch, reason, oneLine(String.valueOf(exception.getMessage())));
            log.leave();
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
