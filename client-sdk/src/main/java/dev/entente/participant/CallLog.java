package dev.entente.participant;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A participant's log of coordinators' calls: gid and branch in the MDC while a handler runs, and a line for each
 * verdict. To be left on the thread that entered it.
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

    /** @param branch that of the call; null if it is no coordinator's, whose log lines stay as they are */
    static CallLog enter(@Nullable Branch branch) {
        if (branch == null) {
            return NONE;
        }
        CallLog before = new CallLog(MDC.get(GID), MDC.get(BRANCH));
        MDC.put(GID, branch.gid());
        MDC.put(BRANCH, branch.name());
        return before;
    }

    /** Restores what the MDC had before. */
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
     * Writes what a coordinator is told, in one line; of wrong wiring with the place where it was found. To be asked
     * again is no verdict.
     */
    static void verdict(@Nullable Branch branch, BranchException said) {
        if (said instanceof BarrierUnusable) {
            LOG.error("{}", said.getMessage(), said);
        } else if (branch != null && !(said instanceof InProgress) && LOG.isInfoEnabled()) {
            String reason = said.reason().isEmpty() ? said.grpcCode().name() : said.reason();
            CallLog log = enter(branch);
            LOG.info("{} is answered {}: {}", branch, reason, oneLine(String.valueOf(said.getMessage())));
            log.leave();
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
