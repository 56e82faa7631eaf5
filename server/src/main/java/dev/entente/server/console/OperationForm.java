package dev.entente.server.console;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Body;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An operator's operation with the values of a URL, a form or the command line. The fields are {@code gid}, {@code
 * operation}, {@code branch}, {@code op}, {@code as}, {@code response-file}, {@code reason}, {@code revision}, {@code
 * fence}. Immutable.
 */
public record OperationForm(Query query) {
    static final String FORCE = "force-finish";

    static final Map<String, MethodDescriptor<?, Transaction>> OPERATIONS = Map.of(
            "retry", OperatorServiceGrpc.getRetryTransactionMethod(),
            "resume", OperatorServiceGrpc.getResumeTransactionMethod(),
            "park", OperatorServiceGrpc.getParkTransactionMethod(),
            "skip", OperatorServiceGrpc.getSkipDeliveryMethod(),
            "abort", TransactionServiceGrpc.getAbortTransactionMethod(),
            "approve", TransactionServiceGrpc.getDecideApprovalMethod(),
            "reject", TransactionServiceGrpc.getDecideApprovalMethod(),
            "resolve", OperatorServiceGrpc.getResolveBranchMethod(),
            "force-finish", OperatorServiceGrpc.getForceFinishTransactionMethod(),
            "resend", OperatorServiceGrpc.getResendNotificationMethod());

    private static final Set<String> WITHOUT_REASON = Set.of("retry", "resume", "park");
    static final List<String> NAMES = OPERATIONS.keySet().stream().sorted().toList();

    /** Returns the operation with these values. Empty values are omitted. */
    public static OperationForm of(Map<String, String> values) {
        Query query = Query.NONE;
        for (Map.Entry<String, String> value : values.entrySet()) {
            query = query.with(value.getKey(), value.getValue());
        }
        return new OperationForm(query);
    }

    /** Returns the fields of an operation's page in addition to the fields of every operation. */
    static Set<String> fields(String act) {
        return switch (act) {
            case "approve", "reject" -> Set.of("branch");
            case "resolve" -> Set.of("branch", "op", "as", Resolvable.CHOOSE);
            case FORCE -> Set.of("as", Resolvable.CHOOSE);
            default -> Set.of();
        };
    }

    /** Returns whether the user must give a reason: for all operations except retry, resume and park. */
    public static boolean needsReason(String act) {
        return !WITHOUT_REASON.contains(act);
    }

    public boolean isKnown() {
        return OPERATIONS.containsKey(act());
    }

    /** Returns the operation's name, with the branch if there is one. */
    public String label(Texts texts) {
        String name = texts.of("operation." + act());
        return branch().isEmpty() ? name : texts.of("operation.of", name, branch());
    }

    /** Returns the link to the operation's page. */
    public String href() {
        return query.link(PagePaths.OPERATION);
    }

    /** Returns whether the operation finishes the transaction regardless of its branches. */
    public boolean isForced() {
        return act().equals(FORCE);
    }

    public String get(String name) {
        return query.get(name);
    }

    public String gid() {
        return get("gid");
    }

    public String act() {
        return get("operation");
    }

    String branch() {
        return get("branch");
    }

    /** Binds the operation to the revision and the fence that the user saw. */
    public OperationForm at(long revision, long fence) {
        return new OperationForm(query.with("revision", Long.toString(revision)).with("fence", Long.toString(fence)));
    }

    /** Returns whether the operation is bound to a revision and a fence, as in each form of the console. */
    boolean isBound() {
        return number("revision") > 0 && !get("fence").isEmpty();
    }

    private long number(String name) {
        return HistoryPage.number(get(name), 0);
    }

    /** Returns the gRPC method of the operation, for requests of {@link #request}. */
    @SuppressWarnings("unchecked") // the request belongs to the method of its operation
    public MethodDescriptor<Message, Transaction> method() {
        return (MethodDescriptor<Message, Transaction>) Objects.requireNonNull(OPERATIONS.get(act()));
    }

    /**
     * Returns the request of the operation; null if a value is missing.
     *
     * @param response of an operation that is resolved as done; may be empty
     */
    public @Nullable Message request(ByteString response) {
        return switch (act()) {
            case "abort" -> about(AbortTransactionRequest.newBuilder().setByOperator(true));
            case "approve", "reject" ->
                about(DecideApprovalRequest.newBuilder().setBranch(branch()).setApproved(act().equals("approve")));
            case "resolve" -> branch().isEmpty() || get("op").isEmpty() ? null : resolve(response);
            case FORCE ->
                get("as").matches("SUCCEEDED|ABORTED")
                        ? about(ForceFinishRequest.newBuilder().setAs(Transaction.State.valueOf(get("as"))))
                        : null;
            default -> about(OperateRequest.newBuilder());
        };
    }

    private @Nullable Message resolve(ByteString response) {
        ResolveBranchRequest.Builder resolve =
                ResolveBranchRequest.newBuilder().setBranch(branch()).setOp(get("op"));
        return switch (get("as")) {
            case "done" -> about(resolve.setDone(Body.newBuilder().setRaw(response)));
            case "undone" -> about(resolve.setUndone(true));
            case "never-happened" -> about(resolve.setNeverHappened(true));
            default -> null;
        };
    }

    private Message about(Message.Builder request) {
        Map<String, Object> fields = Map.of(
                "gid", gid(), "reason", get("reason"), "if_revision", number("revision"), "if_fence", number("fence"));
        fields.forEach(
                (name, value) -> request.setField(request.getDescriptorForType().findFieldByName(name), value));
        return request.build();
    }

    /** Returns the preview's request; null if a value is missing or the operation has no preview. */
    public @Nullable PreviewActRequest preview(ByteString response) {
        String field = act().matches("approve|reject") ? "decide_approval" : act().replace('-', '_');
        FieldDescriptor inside = PreviewActRequest.getDescriptor().findFieldByName(field);
        Message request = request(response);
        return inside == null || request == null
                ? null
                : PreviewActRequest.newBuilder().setField(inside, request).build();
    }

    /** Returns the equivalent command line. A missing value is a placeholder in capitals. */
    public String command() {
        String more = switch (act()) {
            case "approve", "reject" -> " " + said("branch");
            case "resolve" ->
                " " + said("branch") + " " + said("op") + " "
                        + (get("as").isEmpty() ? "(--done|--undone|--never-happened)" : "--" + get("as"))
                        + option("response-file", get("response-file"));
            case FORCE -> " --as " + (get("as").isEmpty() ? "SUCCEEDED|ABORTED" : get("as"));
            default -> "";
        };
        String reason = needsReason(act()) ? " --reason " + said("reason") : option("reason", get("reason"));
        return "entente tx " + act() + " " + quoted(gid()) + more + reason
                + option("if-revision", number("revision") == 0 ? "" : get("revision"))
                + option("if-fence", number("fence") == 0 ? "" : get("fence"));
    }

    private String said(String name) {
        return get(name).isEmpty() ? name.toUpperCase(Locale.ROOT) : quoted(get(name));
    }

    /** Returns a command line option with its value; empty if the value is empty. */
    static String option(String name, String value) {
        return value.isEmpty() ? "" : " --" + name + " " + quoted(value);
    }

    /** Quotes a text as one word of a shell. */
    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./:@%+,=~][A-Za-z0-9_./:@%+,=~-]*")
                ? text
                : "'" + text.replace("'", "'\\''") + "'";
    }
}
