package dev.entente.participant;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A participant's log of coordinators' calls: gid and branch in the MDC while a handler runs, and one line for each
 * verdict. The thread that calls {@link #enter} must call {@link #leave}.
 */
final class CallLog {
    static final String GID = "entente.gid";
    static final String BRANCH = "entente.branch";

    private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);
    private static final CallLog NONE = new CallLog(null, null);

    private final @Nullable String gidBefore;
    private final @Nullable String branchBefore;

    private CallLog(@Nullable String gidBefore, @Nullable String branchBefore) {
        this.gidBefore = gidBefore;
        this.branchBefore = branchBefore;
    }

    /** @param branch the call's branch; null for other calls, whose log lines do not change */
    static CallLog enter(@Nullable Branch branch) {
        if (branch == null) {
            return NONE;
        }
        CallLog before = new CallLog(MDC.get(GID), MDC.get(BRANCH));
        MDC.put(GID, branch.gid());
        MDC.put(BRANCH, branch.name());
        return before;
    }

    /** Restores the previous values of the MDC. */
    void leave() {
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
        if (exception instanceof BarrierUnusable) {
            LOG.error("{}", exception.getMessage(), exception);
        } else if (branch != null && !(exception instanceof InProgress) && LOG.isInfoEnabled()) {
            String reason = exception.reason().isEmpty() ? exception.grpcCode().name() : exception.reason();
            CallLog log = enter(branch);
            LOG.info("{} has the response {}: {}", branch, reason, oneLine(String.valueOf(exception.getMessage())));
            log.leave();
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
