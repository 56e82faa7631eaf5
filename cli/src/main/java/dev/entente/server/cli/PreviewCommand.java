package dev.entente.server.cli;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.OperationForm;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.PreviewActRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx preview}. */
@Command(
        name = "preview",
        description = "Show the effect that an operation would have, and the command that runs the operation. Changes"
                + " nothing. Exit 1 if the operation would be refused.")
final class PreviewCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    private String gid;

    @Parameters(
            index = "1",
            paramLabel = "OPERATION",
            description = "retry, park, resume, skip, abort, approve, reject, resolve or force-finish.")
    private String act;

    @Option(names = "--branch", paramLabel = "ID", description = "For approve, reject and resolve: the branch.")
    private String branch = "";

    @Option(
            names = "--op",
            paramLabel = "OP",
            description = "For resolve: the operation of the branch: action, compensate, try, confirm, cancel, prepare,"
                    + " pre_commit, commit, rollback, deliver or check.")
    private String op = "";

    @Option(
            names = "--as",
            paramLabel = "WHAT",
            description = "For force-finish: SUCCEEDED or ABORTED. For resolve: done, undone or never-happened.")
    private String as = "";

    @Option(
            names = "--response-file",
            paramLabel = "FILE",
            description = "With --as done: the response as protobuf bytes, if later steps read it.")
    private @Nullable Path response;

    @Option(names = "--reason", paramLabel = "TEXT", description = "The reason, which is stored in the audit.")
    private String reason = "";

    @Override
    int ask() {
        OperationPreview preview = operator().previewAct(request());
        print(preview, this::text);
        return preview.hasRefused() ? ExitCode.DOES_NOT_HOLD : ExitCode.HELD;
    }

    private OperationForm form() {
        return OperationForm.of(Map.of(
                "gid",
                gid,
                "operation",
                act,
                "branch",
                branch,
                "op",
                op,
                "as",
                act.equals("force-finish") ? as.toUpperCase(Locale.ROOT) : as,
                "response-file",
                response == null ? "" : response.toString(),
                "reason",
                reason));
    }

    private PreviewActRequest request() {
        PreviewActRequest request = form().isKnown() ? form().preview(stated(response)) : null;
        if (request != null) {
            return request;
        }
        throw switch (act) {
            case "resolve" -> Failure.malformed("--as", "give --branch, --op, and --as done, undone or never-happened");
            case "force-finish" -> Failure.malformed("--as", "'" + as + "': use SUCCEEDED or ABORTED");
            default ->
                Failure.malformed(
                        "OPERATION",
                        "'" + act + "' cannot be previewed; use retry, park, resume, skip, abort, approve, reject,"
                                + " resolve or force-finish");
        };
    }

    private String text(OperationPreview preview) {
        StringBuilder text = new StringBuilder(Lines.summary(preview.getBefore()))
                .append("\n")
                .append(act)
                .append(": ")
                .append(VisibleText.of(preview.getSummary()));
        append(text, "in flight:", preview.getInFlightList());
        append(text, "calls:", preview.getCallsList());
        if (preview.hasNextTime()) {
            text.append("\n  next:      ").append(Lines.time(preview.getNextTime()));
            text.append(preview.getDeferred() ? ", or ENT-055 if the calls in flight take too long" : "");
        }
        if (!preview.hasRefused()) {
            text.append("\n  then:      ").append(Lines.summary(preview.getAfter()));
            text.append("\n  to do it:  ")
                    .append(form().at(preview.getRevision(), preview.getFence()).command());
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String what, List<OperationPreview.Call> calls) {
        for (OperationPreview.Call call : calls) {
            text.append("\n  ").append(what).repeat(' ', 11 - what.length());
            text.append(call.getBranch()).append(' ').append(call.getOp());
            text.append(call.getAttempt() > 0 ? " #" + call.getAttempt() : ", possibly sent by a failed coordinator");
            text.append(" to ").append(VisibleText.of(call.getTarget()));
            text.append(call.hasOverBy() ? ", finished by " + Lines.time(call.getOverBy()) : "");
            text.append(call.getIfFirstInQueue() ? ", if it is first in its queue" : "");
        }
    }
}
