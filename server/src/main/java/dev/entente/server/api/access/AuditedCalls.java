package dev.entente.server.api.access;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.ReadPayloadRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes audit entries for failed operator actions, reads of payloads and of the audit, and probes. The commit of a
 * successful action writes its own entry. A bulk operation has one more entry, with its counts. Clients' calls for
 * their own transactions have no entry. Thread-safe.
 */
public final class AuditedCalls implements ServerInterceptor {
    private static final Pattern CODE = Pattern.compile("^ENT-[0-9]{3}: ");

    private static final String OPERATE_MATCHING = "operate-matching";

    /** The results of a call that the audit records. */
    private enum Reported {
        /** Records a failure. The commit of the action records the success. */
        OPERATION,
        /** Records a failure of an abort with an operator's token or, without authentication, with by_operator. */
        OPERATORS_ACT,
        /** Records success and failure. */
        PROBE,
        /** Records success and failure, if the caller requests payloads and may see payloads. */
        READ
    }

    /**
     * The fields of an audit row that the request contains.
     *
     * @param each the action on each transaction, for a bulk operation
     */
    record Entry(String act, String gid, String reason, String each) {
        Entry(String act, String gid, String reason) {
            this(act, gid, reason, "");
        }
    }

    private record Audited(String act, Reported reported) {}

    private static final Map<String, Audited> BY_METHOD = Map.ofEntries(
            act(OperatorServiceGrpc.getRetryTransactionMethod(), "retry"),
            act(OperatorServiceGrpc.getParkTransactionMethod(), "park"),
            act(OperatorServiceGrpc.getResumeTransactionMethod(), "resume"),
            act(OperatorServiceGrpc.getSkipDeliveryMethod(), "skip"),
            act(OperatorServiceGrpc.getResendNotificationMethod(), "resend"),
            act(OperatorServiceGrpc.getResolveBranchMethod(), "resolve"),
            act(OperatorServiceGrpc.getForceFinishTransactionMethod(), "force-finish"),
            act(OperatorServiceGrpc.getOperateMatchingMethod(), OPERATE_MATCHING),
            act(OperatorServiceGrpc.getRecoverTransactionsMethod(), "recover"),
            act(OperatorServiceGrpc.getAnnounceParticipantMethod(), "announce"),
            act(TopicServiceGrpc.getSubscribeMethod(), "subscribe"),
            act(TopicServiceGrpc.getUnsubscribeMethod(), "unsubscribe"),
            act(TransactionServiceGrpc.getDecideApprovalMethod(), "decide"),
            reported(TransactionServiceGrpc.getAbortTransactionMethod(), "abort", Reported.OPERATORS_ACT),
            reported(OperatorServiceGrpc.getProbeParticipantMethod(), "probe", Reported.PROBE),
            reported(OperatorServiceGrpc.getDebugTransactionMethod(), "debug", Reported.PROBE),
            reported(OperatorServiceGrpc.getListAuditEntriesMethod(), "read-audit", Reported.PROBE),
            reported(TransactionServiceGrpc.getGetTransactionMethod(), "read", Reported.READ),
            reported(OperatorServiceGrpc.getReadPayloadMethod(), "read", Reported.READ),
            reported(TransactionServiceGrpc.getWatchTransactionMethod(), "read", Reported.READ));

    private final AuditTrail trail;

    public AuditedCalls(AuditTrail trail) {
        this.trail = trail;
    }

    private static Map.Entry<String, Audited> act(MethodDescriptor<?, ?> method, String act) {
        return reported(method, act, Reported.OPERATION);
    }

    private static Map.Entry<String, Audited> reported(MethodDescriptor<?, ?> method, String act, Reported reported) {
        return Map.entry(method.getFullMethodName(), new Audited(act, reported));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Audited audited = BY_METHOD.get(call.getMethodDescriptor().getFullMethodName());
        Caller caller = Caller.current();
        if (audited == null || caller.isForwarded()) { // the coordinator that the client called writes the entry
            return next.startCall(call, headers);
        }
        Caller acting = audited.act().equals(OPERATE_MATCHING) ? caller.ofBulk() : caller;
        AuditingCall<Q, R> auditing = new AuditingCall<>(call, audited, acting);
        return new SimpleForwardingServerCallListener<>(
                Contexts.interceptCall(acting.in(Context.current()), auditing, headers, next)) {
            @Override
            public void onMessage(Q request) {
                auditing.asked(request);
                super.onMessage(request);
            }
        };
    }

    /** A call that writes its result to the audit. Used by one thread at a time until the call is closed. */
    private final class AuditingCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final Audited audited;
        private final Caller caller;
        /** The row to write; null for a call without a row, and after the row is written. */
        private volatile @Nullable Entry entry;
        /** The counts of a bulk operation; null for another call, and for a preview. */
        private volatile @Nullable BulkCounts counts;

        private AuditingCall(ServerCall<Q, R> call, Audited audited, Caller caller) {
            super(call);
            this.audited = audited;
            this.caller = caller;
        }

        private void asked(Q request) {
            boolean isReported = switch (audited.reported()) {
                case OPERATION, PROBE -> true;
                case OPERATORS_ACT ->
                    caller.maySeePayloads() && (caller.isKnown() || Boolean.TRUE.equals(value(request, "by_operator")));
                case READ -> caller.maySeePayloads() && (request instanceof ReadPayloadRequest || isFull(request));
            };
            entry = isReported ? entry(audited.act(), request) : null;
            counts = request instanceof OperateMatchingRequest bulk && !bulk.getValidateOnly()
                    ? new BulkCounts(bulk)
                    : null;
        }

        /** Records a read before the response is sent. One action of many may be refused while the call continues. */
        @Override
        public void sendMessage(R message) {
            Entry row = entry;
            BulkCounts bulk = counts;
            if (bulk != null && message instanceof OperateMatchingResponse one) {
                bulk.add(one);
            }
            if (row != null && (audited.reported() == Reported.PROBE || audited.reported() == Reported.READ)) {
                entry = null;
                report(row.act(), row.gid(), row.reason(), "DONE");
            } else if (row != null && message instanceof OperateMatchingResponse one && one.hasError()) {
                String why = failure(one.getError().getMessage(), one.getError().getGrpcCode(), true);
                report(row.each(), one.getGid(), row.reason(), why);
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            Entry row = entry;
            if (row != null && !status.isOk()) {
                String why = failure(
                        status.getDescription(),
                        status.getCode().value(),
                        row.each().isEmpty());
                report(row.act(), row.gid(), row.reason(), why);
            }
            BulkCounts bulk = counts;
            if (bulk != null && !bulk.counts.isEmpty()) {
                trail.add(bulk.record(caller));
            }
            super.close(status, trailers);
        }

        /**
         * Returns the state after a failed call: refused or unknown, and the reason, with a code first.
         *
         * @param isOne whether the call acts on one transaction; a bulk operation has one row per transaction
         */
        private String failure(@Nullable String said, int grpcCode, boolean isOne) {
            if (said != null && CODE.matcher(said).find()) {
                boolean isAct = isOne
                        && (audited.reported() == Reported.OPERATION || audited.reported() == Reported.OPERATORS_ACT);
                return (isAct && ErrorCode.leavesOpen(said) ? "UNKNOWN " : "REFUSED ") + said;
            }
            String code = Status.fromCodeValue(grpcCode).getCode().name();
            return "REFUSED " + code + (said == null ? "" : ": " + said);
        }

        private void report(String act, String gid, String reason, String after) {
            trail.add(new AuditRecord(caller.principal(), act, gid, reason, "", after, caller.origin()));
        }
    }

    /** The results of a bulk operation. Used by one thread at a time. */
    private static final class BulkCounts {
        private final OperateMatchingRequest request;
        private final Map<String, Long> counts = new LinkedHashMap<>();

        BulkCounts(OperateMatchingRequest request) {
            this.request = request;
        }

        void add(OperateMatchingResponse one) {
            counts.put("matched", one.getMatched());
            boolean isOpen = ErrorCode.leavesOpen(one.getError().getMessage());
            String failed = isOpen ? "unknown" : "refused";
            counts.merge(one.getUnchanged() ? "unchanged" : one.getApplied() ? "done" : failed, 1L, Long::sum);
        }

        /** Returns the entry, with the filter as the state before, and the counts as the state after. */
        AuditRecord record(Caller caller) {
            String act = AuditRecord.BULK + request.getOperation().toLowerCase(Locale.ROOT);
            TextFormat.Printer printer =
                    TextFormat.printer().escapingNonAscii(false).emittingSingleLine(true);
            String filter = printer.printToString(request.getFilter());
            String after = counts.entrySet().stream()
                    .map(one -> one.getKey() + " " + one.getValue())
                    .collect(Collectors.joining(", "));
            return new AuditRecord(caller.principal(), act, "", request.getReason(), filter, after, caller.origin());
        }
    }

    /** Returns a method's name without the service name. */
    static String shortName(String method) {
        return method.substring(method.indexOf('/') + 1);
    }

    static Entry entry(String act, Object request) {
        String gid = text(request, "gid");
        return switch (request) {
            case DecideApprovalRequest one -> new Entry(one.getApproved() ? "approve" : "reject", gid, one.getReason());
            case ReadPayloadRequest one ->
                new Entry(
                        act,
                        gid,
                        (one.getResponse() ? "response" : "request of " + one.getOp()) + " of branch "
                                + one.getBranch());
            case OperateMatchingRequest one -> new Entry(act, "", one.getReason(), one.getOperation());
            // A read of one transaction's audit is not an entry of that transaction.
            case ListAuditEntriesRequest _ -> new Entry(act, "", gid);
            case SubmitTransactionRequest one -> new Entry(act, one.getPlan().getGid(), "");
            case PreviewActRequest one
            when one.getOperationCase() != PreviewActRequest.OperationCase.OPERATION_NOT_SET ->
                entry(act, one.getAllFields().values().iterator().next());
            case DebugTransactionRequest one
            when one.hasDuration() ->
                new Entry(act, gid, "for " + one.getDuration().getSeconds() + " s");
            case ProbeParticipantRequest one -> new Entry(act, "", one.getName());
            default -> new Entry(act, gid, isFull(request) ? "payloads" : text(request, "reason"));
        };
    }

    private static boolean isFull(Object request) {
        return View.FULL.getValueDescriptor().equals(value(request, "view"));
    }

    private static String text(Object request, String name) {
        return value(request, name) instanceof String text ? text : "";
    }

    private static @Nullable Object value(Object request, String name) {
        if (!(request instanceof Message message)) {
            return null;
        }
        FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
        return field == null ? null : message.getField(field);
    }
}
