package dev.entente.server.cli;

import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.ActPreview;
import dev.entente.v1.Body;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx preview}. */
@Command(
        name = "preview",
        description = "Show what an act would do, and the command that does just that. Nothing is done. Exit 1 if it"
                + " would be refused.")
final class PreviewCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    private String gid;

    @Parameters(
            index = "1",
            paramLabel = "ACT",
            description = "retry, park, resume, skip, abort, approve, reject, resolve or force-finish.")
    private String act;

    @Option(names = "--branch", paramLabel = "ID", description = "Of approve, reject and resolve: which branch.")
    private String branch = "";

    @Option(
            names = "--op",
            paramLabel = "OPERATION",
            description = "Of resolve: action, compensate, try, confirm or cancel.")
    private String op = "";

    @Option(
            names = "--as",
            paramLabel = "WHAT",
            description = "Of force-finish: SUCCEEDED or ABORTED. Of resolve: done, undone or never-happened.")
    private String as = "";

    @Option(
            names = "--response-file",
            paramLabel = "FILE",
            description = "With --done: the response as protobuf bytes, where later steps read it.")
    private @Nullable Path response;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
    private String reason = "";

    @Override
    int ask() {
        ActPreview preview = operator().previewAct(request());
        print(preview, this::text);
        return preview.hasRefused() ? ExitCode.DOES_NOT_HOLD : ExitCode.HELD;
    }

    private PreviewActRequest request() {
        PreviewActRequest.Builder request = PreviewActRequest.newBuilder();
        OperateRequest.Builder plain = OperateRequest.newBuilder().setGid(gid).setReason(reason);
        switch (act) {
            case "retry" -> request.setRetry(plain);
            case "park" -> request.setPark(plain);
            case "resume" -> request.setResume(plain);
            case "skip" -> request.setSkip(plain);
            case "abort" ->
                request.setAbort(
                        AbortTransactionRequest.newBuilder().setGid(gid).setReason(reason));
            case "approve", "reject" ->
                request.setDecideApproval(DecideApprovalRequest.newBuilder()
                        .setGid(gid)
                        .setReason(reason)
                        .setBranch(branch)
                        .setApproved(act.equals("approve")));
            case "resolve" -> request.setResolve(statement());
            case "force-finish" ->
                request.setForceFinish(ForceFinishRequest.newBuilder()
                        .setGid(gid)
                        .setReason(reason)
                        .setAs(end()));
            default ->
                throw Failure.malformed(
                        "ACT",
                        "'" + act + "' cannot be previewed; use retry, park, resume, skip, abort, approve, reject,"
                                + " resolve or force-finish");
        }
        return request.build();
    }

    private ResolveBranchRequest.Builder statement() {
        ResolveBranchRequest.Builder statement = ResolveBranchRequest.newBuilder()
                .setGid(gid)
                .setReason(reason)
                .setBranch(branch)
                .setOp(op);
        return switch (as) {
            case "done" -> statement.setDone(Body.newBuilder().setRaw(stated(response)));
            case "undone" -> statement.setUndone(true);
            case "never-happened" -> statement.setNeverHappened(true);
            default -> throw Failure.malformed("--as", "'" + as + "': say done, undone or never-happened");
        };
    }

    private Transaction.State end() {
        return switch (as.toUpperCase(Locale.ROOT)) {
            case "SUCCEEDED" -> Transaction.State.SUCCEEDED;
            case "ABORTED" -> Transaction.State.ABORTED;
            default -> throw Failure.malformed("--as", "'" + as + "': say SUCCEEDED or ABORTED");
        };
    }

    // ---- what is shown

    private String text(ActPreview preview) {
        StringBuilder text = new StringBuilder(Lines.summary(preview.getBefore()))
                .append("\n")
                .append(act)
                .append(": ")
                .append(VisibleText.of(preview.getSummary()));
        append(text, "under way:", preview.getUnderWayList());
        append(text, "leaves:", preview.getCallsList());
        if (preview.hasNextTime()) {
            text.append("\n  next:      ").append(Lines.time(preview.getNextTime()));
        }
        if (!preview.hasRefused()) {
            text.append("\n  then:      ").append(Lines.summary(preview.getAfter()));
            text.append("\n  to do it:  ").append(command(preview));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String what, List<ActPreview.Call> calls) {
        for (ActPreview.Call call : calls) {
            text.append("\n  ").append(what).repeat(' ', 11 - what.length());
            text.append(call.getBranch()).append(' ').append(call.getOp());
            text.append(call.getAttempt() > 0 ? " #" + call.getAttempt() : ", by a coordinator that died");
            text.append(" to ").append(VisibleText.of(call.getTarget()));
            text.append(call.hasOverBy() ? ", over by " + Lines.time(call.getOverBy()) : "");
            text.append(call.getIfItsTurn() ? ", if it is its turn" : "");
        }
    }

    /** Returns the command that does what was previewed, and is refused where anything has moved. */
    private String command(ActPreview preview) {
        String more = switch (act) {
            case "approve", "reject" -> " " + quoted(branch);
            case "resolve" ->
                " " + quoted(branch) + " " + op + " --" + as
                        + (response == null ? "" : " --response-file " + quoted(response.toString()));
            case "force-finish" -> " --as " + end();
            default -> "";
        };
        String why = reason.isEmpty() && !act.equals("force-finish") ? "" : " --reason " + quoted(reason);
        return "entente tx " + act + " " + quoted(gid) + more + why + " --if-revision " + preview.getRevision()
                + (preview.getFence() == 0 ? "" : " --if-fence " + preview.getFence());
    }

    /** As a shell takes it for one word. */
    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:@%+,=~-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
