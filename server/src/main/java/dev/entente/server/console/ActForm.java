package dev.entente.server.console;

import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Body;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An act as a URL or a form says it: {@code gid}, {@code act}, {@code branch}, {@code op}, {@code as}, {@code reason},
 * {@code revision}, {@code fence}. Immutable.
 */
record ActForm(Query query) {
    private static final Set<String> ACTS = Set.of(
            "retry", "resume", "park", "skip", "abort", "approve", "reject", "resolve", "force-finish", "resend");

    boolean isKnown() {
        return ACTS.contains(act());
    }

    String get(String name) {
        return query.get(name);
    }

    String gid() {
        return get("gid");
    }

    String act() {
        return get("act");
    }

    String branch() {
        return get("branch");
    }

    /** Binds it to what was seen. */
    ActForm at(long revision, long fence) {
        return new ActForm(query.with("revision", Long.toString(revision)).with("fence", Long.toString(fence)));
    }

    private long revision() {
        return HistoryPage.number(get("revision"), 0);
    }

    private long fence() {
        return HistoryPage.number(get("fence"), 0);
    }

    OperateRequest operate() {
        return OperateRequest.newBuilder()
                .setGid(gid())
                .setReason(get("reason"))
                .setIfRevision(revision())
                .setIfFence(fence())
                .build();
    }

    /** Returns the request that asks what it would do, with the one that does it inside; null where more must be said. */
    @Nullable
    PreviewActRequest request() {
        PreviewActRequest.Builder request = PreviewActRequest.newBuilder();
        return switch (act()) {
            case "retry" -> request.setRetry(operate()).build();
            case "resume" -> request.setResume(operate()).build();
            case "park" -> request.setPark(operate()).build();
            case "skip" -> request.setSkip(operate()).build();
            case "abort" -> request.setAbort(abort()).build();
            case "approve", "reject" -> request.setDecideApproval(decide()).build();
            case "resolve" -> {
                ResolveBranchRequest.Builder resolve = resolve();
                yield resolve == null ? null : request.setResolve(resolve).build();
            }
            case "force-finish" -> {
                ForceFinishRequest.Builder force = force();
                yield force == null ? null : request.setForceFinish(force).build();
            }
            default -> null;
        };
    }

    private AbortTransactionRequest.Builder abort() {
        return AbortTransactionRequest.newBuilder()
                .setGid(gid())
                .setReason(get("reason"))
                .setIfRevision(revision())
                .setIfFence(fence());
    }

    private DecideApprovalRequest.Builder decide() {
        return DecideApprovalRequest.newBuilder()
                .setGid(gid())
                .setBranch(branch())
                .setApproved(act().equals("approve"))
                .setReason(get("reason"))
                .setIfRevision(revision())
                .setIfFence(fence());
    }

    private ResolveBranchRequest.@Nullable Builder resolve() {
        ResolveBranchRequest.Builder resolve = ResolveBranchRequest.newBuilder()
                .setGid(gid())
                .setBranch(branch())
                .setOp(get("op"))
                .setReason(get("reason"))
                .setIfRevision(revision())
                .setIfFence(fence());
        if (branch().isEmpty() || get("op").isEmpty()) {
            return null;
        }
        return switch (get("as")) {
            case "done" -> resolve.setDone(Body.getDefaultInstance());
            case "undone" -> resolve.setUndone(true);
            case "never-happened" -> resolve.setNeverHappened(true);
            default -> null;
        };
    }

    private ForceFinishRequest.@Nullable Builder force() {
        ForceFinishRequest.Builder force = ForceFinishRequest.newBuilder()
                .setGid(gid())
                .setReason(get("reason"))
                .setIfRevision(revision())
                .setIfFence(fence());
        return switch (get("as")) {
            case "SUCCEEDED" -> force.setAs(Transaction.State.SUCCEEDED);
            case "ABORTED" -> force.setAs(Transaction.State.ABORTED);
            default -> null;
        };
    }

    /** Returns the line that does the same on the command line; what was not said yet in capitals. */
    String command() {
        String more = switch (act()) {
            case "approve", "reject" -> " " + said("branch");
            case "resolve" ->
                " " + said("branch") + " " + said("op") + " "
                        + (get("as").isEmpty() ? "(--done|--undone|--never-happened)" : "--" + get("as"));
            case "force-finish" -> " --as " + (get("as").isEmpty() ? "SUCCEEDED|ABORTED" : get("as"));
            default -> "";
        };
        String bound = (revision() == 0 ? "" : " --if-revision " + revision())
                + (fence() == 0 ? "" : " --if-fence " + fence());
        return "entente tx " + act() + " " + quoted(gid()) + more + " --reason " + said("reason") + bound;
    }

    private String said(String name) {
        return get(name).isEmpty() ? name.toUpperCase(java.util.Locale.ROOT) : quoted(get(name));
    }

    /** Returns a text as a shell takes it for one word. */
    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./:@%+,=~][A-Za-z0-9_./:@%+,=~-]*")
                ? text
                : "'" + text.replace("'", "'\\''") + "'";
    }
}
