package dev.entente.server.api.access;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.ReadPayloadRequest;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the audit of refused acts, of reads of payloads and of the audit, and of probes. Acts that succeed are audited
 * in their own commit. Methods that clients call for their own transactions go through untouched. Thread-safe.
 */
public final class AuditedCalls {
    private static final Pattern CODE = Pattern.compile("^(ENT-[0-9]{3})\\b");

    /** The parts of a call that the audit is told of. */
    private enum Told {
        /** Its refusal; its success is in the commit. */
        ACT,
        /** Its refusal where an operator calls; clients call it for their own transactions. */
        OPERATORS_ACT,
        /** That it was made, however it ended. */
        PROBE,
        /** That payloads were asked for by a caller who may see them. */
        READ
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
        private volatile String gid = "";

        private TellingCall(ServerCall<Q, R> call, Audited audited, Caller caller, Metadata headers) {
            super(call);
            this.audited = audited;
            this.caller = caller;
            this.headers = headers;
        }

        private void asked(Q request) {
            gid = text(request, "gid");
            if (audited.told() == Told.READ && isFull(request) && caller.maySeePayloads()) {
                audit.done(caller, audited.act(), gid, "payloads", headers);
            }
            if (request instanceof ReadPayloadRequest one) {
                String what = one.getResponse() ? "response" : "request of " + one.getOp();
                audit.done(caller, audited.act(), gid, what + " of branch " + one.getBranch(), headers);
            }
            if (audited.told() == Told.PROBE) {
                // A look at one transaction's audit is no entry of that transaction.
                audit.done(caller, audited.act(), "", text(request, "name") + gid, headers);
            }
        }

        private boolean isAct() {
            return audited.told() == Told.ACT
                    || (audited.told() == Told.OPERATORS_ACT && caller.isKnown() && caller.maySeePayloads());
        }

        /** One of many acts may be refused, and the call goes on. */
        @Override
        public void sendMessage(R message) {
            if (message instanceof OperateMatchingResponse one && one.hasError()) {
                String said = one.getError().getMessage();
                audit.actRefused(
                        caller,
                        audited.act(),
                        one.getGid(),
                        code(said, one.getError().getGrpcCode()),
                        said,
                        headers);
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!status.isOk() && isAct()) {
                String said = String.valueOf(status.getDescription());
                audit.actRefused(
                        caller, audited.act(), gid, code(said, status.getCode().value()), said, headers);
            }
            super.close(status, trailers);
        }
    }

    private static String code(String said, int grpcCode) {
        Matcher code = CODE.matcher(said);
        return code.find()
                ? code.group(1)
                : Status.fromCodeValue(grpcCode).getCode().name();
    }

    private static boolean isFull(Object request) {
        FieldDescriptor view = field(request, "view");
        return view != null
                && request instanceof Message message
                && message.getField(view).equals(View.FULL.getValueDescriptor());
    }

    private static String text(Object request, String name) {
        FieldDescriptor field = field(request, name);
        return field != null
                        && field.getJavaType() == FieldDescriptor.JavaType.STRING
                        && request instanceof Message message
                ? (String) message.getField(field)
                : "";
    }

    private static @Nullable FieldDescriptor field(Object request, String name) {
        return request instanceof Message message
                ? message.getDescriptorForType().findFieldByName(name)
                : null;
    }
}
