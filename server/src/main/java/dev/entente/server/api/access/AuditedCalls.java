package dev.entente.server.api.access;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.entente.server.store.admin.AuditTrail;
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
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the audit how refused acts, looks at payloads and at the audit, and probes ended. Acts that succeed are audited
 * in their own commit. Methods that clients call for their own transactions go through untouched. Thread-safe.
 */
public final class AuditedCalls {
    private static final Pattern CODE = Pattern.compile("^ENT-[0-9]{3}: ");

    /** The parts of a call that the audit is told of. */
    private enum Told {
        /** Its refusal; its success is in the commit. */
        ACT,
        /** Its refusal where an operator calls; clients call it for their own transactions. */
        OPERATORS_ACT,
        /** Its end. */
        PROBE,
        /** Its end, where payloads were asked for by a caller who may see them. */
        READ
    }

    /**
     * A row as far as the request tells.
     *
     * @param each the act on each of many
     */
    record Entry(String act, String gid, String reason, String each) {
        Entry(String act, String gid, String reason) {
            this(act, gid, reason, "");
        }
    }

    private record Audited(String act, Told told) {}

    private static final Map<String, Audited> BY_METHOD = Map.ofEntries(
            act(OperatorServiceGrpc.getRetryTransactionMethod(), "retry"),
            act(OperatorServiceGrpc.getParkTransactionMethod(), "park"),
            act(OperatorServiceGrpc.getResumeTransactionMethod(), "resume"),
            act(OperatorServiceGrpc.getSkipDeliveryMethod(), "skip"),
            act(OperatorServiceGrpc.getResendNotificationMethod(), "resend"),
            act(OperatorServiceGrpc.getResolveBranchMethod(), "resolve"),
            act(OperatorServiceGrpc.getForceFinishTransactionMethod(), "force-finish"),
            act(OperatorServiceGrpc.getOperateMatchingMethod(), "operate-matching"),
            act(OperatorServiceGrpc.getRecoverTransactionsMethod(), "recover"),
            act(OperatorServiceGrpc.getAnnounceParticipantMethod(), "announce"),
            act(TopicServiceGrpc.getSubscribeMethod(), "subscribe"),
            act(TopicServiceGrpc.getUnsubscribeMethod(), "unsubscribe"),
            act(TransactionServiceGrpc.getDecideApprovalMethod(), "decide"),
            told(TransactionServiceGrpc.getAbortTransactionMethod(), "abort", Told.OPERATORS_ACT),
            told(OperatorServiceGrpc.getProbeParticipantMethod(), "probe", Told.PROBE),
            told(OperatorServiceGrpc.getListAuditEntriesMethod(), "read-audit", Told.PROBE),
            told(TransactionServiceGrpc.getGetTransactionMethod(), "read", Told.READ),
            told(OperatorServiceGrpc.getReadPayloadMethod(), "read", Told.READ),
            told(TransactionServiceGrpc.getWatchTransactionMethod(), "read", Told.READ));

    private final AccessAudit audit;

    public AuditedCalls(AuditTrail trail) {
        this.audit = new AccessAudit(trail);
    }

    private static Map.Entry<String, Audited> act(MethodDescriptor<?, ?> method, String act) {
        return told(method, act, Told.ACT);
    }

    private static Map.Entry<String, Audited> told(MethodDescriptor<?, ?> method, String act, Told told) {
        return Map.entry(method.getFullMethodName(), new Audited(act, told));
    }

    /** Returns the service, whose audited methods tell of themselves. */
    public ServerServiceDefinition of(ServerServiceDefinition service) {
        ServerServiceDefinition.Builder telling = ServerServiceDefinition.builder(service.getServiceDescriptor());
        service.getMethods().forEach(method -> telling.addMethod(of(method)));
        return telling.build();
    }

    private <Q, R> ServerMethodDefinition<Q, R> of(ServerMethodDefinition<Q, R> method) {
        Audited audited = BY_METHOD.get(method.getMethodDescriptor().getFullMethodName());
        if (audited == null) {
            return method;
        }
        return method.withServerCallHandler((call, headers) -> {
            Caller caller = Caller.current();
            if (caller.isForwarded()) {
                // The coordinator that was called has told of it.
                return method.getServerCallHandler().startCall(call, headers);
            }
            TellingCall<Q, R> telling = new TellingCall<>(call, audited, caller, headers);
            return new SimpleForwardingServerCallListener<>(
                    method.getServerCallHandler().startCall(telling, headers)) {
                @Override
                public void onMessage(Q request) {
                    telling.asked(request);
                    super.onMessage(request);
                }
            };
        });
    }

    /** One call that tells of its end. Used by one thread at a time until it is closed. */
    private final class TellingCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final Audited audited;
        private final Caller caller;
        private final Metadata headers;
        /** Null where there is none, and once its end has been told. */
        private volatile @Nullable Entry entry;

        private TellingCall(ServerCall<Q, R> call, Audited audited, Caller caller, Metadata headers) {
            super(call);
            this.audited = audited;
            this.caller = caller;
            this.headers = headers;
        }

        private void asked(Q request) {
            boolean isTold = switch (audited.told()) {
                case ACT, PROBE -> true;
                case OPERATORS_ACT -> caller.isKnown() && caller.maySeePayloads();
                case READ -> caller.maySeePayloads() && (request instanceof ReadPayloadRequest || isFull(request));
            };
            entry = isTold ? entry(audited.act(), request) : null;
        }

        /** Tells of a read before its answer leaves. One of many acts may be refused, and the call goes on. */
        @Override
        public void sendMessage(R message) {
            Entry row = entry;
            if (row != null && (audited.told() == Told.PROBE || audited.told() == Told.READ)) {
                entry = null;
                audit.done(caller, row, headers);
            } else if (row != null && message instanceof OperateMatchingResponse one && one.hasError()) {
                String why = refusal(one.getError().getMessage(), one.getError().getGrpcCode());
                audit.refused(caller, new Entry(row.each(), one.getGid(), row.reason()), "", why, headers);
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            Entry row = entry;
            if (row != null && !status.isOk()) {
                String why = refusal(status.getDescription(), status.getCode().value());
                audit.refused(caller, row, "", why, headers);
            }
            super.close(status, trailers);
        }
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
            case OperateMatchingRequest one -> new Entry(act, "", one.getReason(), one.getAct());
            // A look at one transaction's audit is no entry of that transaction.
            case ListAuditEntriesRequest _ -> new Entry(act, "", gid);
            case SubmitTransactionRequest one -> new Entry(act, one.getPlan().getGid(), "");
            case PreviewActRequest one
            when one.getActCase() != PreviewActRequest.ActCase.ACT_NOT_SET ->
                entry(act, one.getAllFields().values().iterator().next());
            case ProbeParticipantRequest one -> new Entry(act, "", one.getName());
            default -> new Entry(act, gid, isFull(request) ? "payloads" : text(request, "reason"));
        };
    }

    /** Returns why, with a code in front. */
    private static String refusal(@Nullable String said, int grpcCode) {
        if (said != null && CODE.matcher(said).find()) {
            return said;
        }
        String code = Status.fromCodeValue(grpcCode).getCode().name();
        return said == null ? code : code + ": " + said;
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
