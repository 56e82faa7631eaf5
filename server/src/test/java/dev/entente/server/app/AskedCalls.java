package dev.entente.server.app;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Makes any call of the server by its name, as any principal, on a fresh transaction of the principal "shop". */
final class AskedCalls {
    private static final Pattern CODE = Pattern.compile("ENT-(\\d{3})");
    private static final String PACKAGE = "entente.v1.";
    private static final String ACT = "{'gid': '$', 'reason': 'because'}";
    private static final String TRANSACTION = "TransactionService/";
    private static final String OPERATOR = "OperatorService/";
    private static final String PLAN = "{'gid': '$', 'name': 'asked', 'saga': {'steps': [{'id': 'only', 'noUndo': true,"
            + " 'action': {'grpc': 'any/example.v1.Example/Do'}}]}}";
    private static final String BEGIN = "{'plan': {'gid': '$', 'name': 'asked', 'tcc': {}}}";
    private static final String BRANCH = "{'gid': '$', 'tcc': {'id': 'other', 'confirm': {'grpc':"
            + " 'any/example.v1.Example/Do'}, 'cancel': {'grpc': 'any/example.v1.Example/Do'}}}";

    private static final Map<String, String> REQUESTS = Map.ofEntries(
            Map.entry(TRANSACTION + "SubmitTransaction", "{'plan': " + PLAN + "}"),
            Map.entry(TRANSACTION + "SubmitTransactions", "{'items': [{'id': 1, 'request': {'plan': " + PLAN + "}}]}"),
            Map.entry(TRANSACTION + "BeginTransaction", BEGIN),
            Map.entry(TRANSACTION + "RegisterBranch", BRANCH),
            Map.entry(TRANSACTION + "DecideApproval", "{'gid': '$', 'branch': 'ask', 'approved': true}"),
            Map.entry(OPERATOR + "PreviewAct", "{'retry': " + ACT + "}"),
            Map.entry(OPERATOR + "RetryTransaction", ACT),
            Map.entry(OPERATOR + "ParkTransaction", ACT),
            Map.entry(OPERATOR + "ResumeTransaction", ACT),
            Map.entry(
                    OPERATOR + "ResolveBranch",
                    "{'gid': '$', 'branch': 'only', 'op': 'action', 'reason': 'because', 'done': {}}"),
            Map.entry(OPERATOR + "ForceFinishTransaction", "{'gid': '$', 'as': 'ABORTED', 'reason': 'because'}"),
            Map.entry(OPERATOR + "ResendNotification", ACT),
            Map.entry(OPERATOR + "SkipDelivery", ACT),
            Map.entry(OPERATOR + "ReadPayload", "{'gid': '$', 'branch': 'only', 'op': 'action'}"),
            Map.entry(
                    OPERATOR + "OperateMatching",
                    "{'filter': {'gidPrefix': '$'}, 'operation': 'park', 'reason': 'because', 'validateOnly': true}"),
            Map.entry(OPERATOR + "ProbeParticipant", "{'name': 'any'}"),
            Map.entry(OPERATOR + "AnnounceParticipant", "{'name': 'any', 'target': 'localhost:9'}"),
            Map.entry(OPERATOR + "ListParticipants", "{}"),
            Map.entry(OPERATOR + "ListCoordinators", "{}"),
            Map.entry(OPERATOR + "GetStatistics", "{}"),
            Map.entry(OPERATOR + "ListAuditEntries", "{}"),
            Map.entry(OPERATOR + "RecoverTransactions", "{}"),
            Map.entry(OPERATOR + "Diagnose", "{}"),
            Map.entry(OPERATOR + "DebugTransaction", "{'gid': 'any'}"),
            Map.entry(TRANSACTION + "ListTransactions", "{}"),
            Map.entry(TRANSACTION + "CountTransactions", "{}"),
            Map.entry(TRANSACTION + "ListRates", "{}"),
            Map.entry(TRANSACTION + "LookAtWaiting", "{'gids': ['$']}"),
            Map.entry(
                    "TopicService/Subscribe",
                    "{'topic': 'news', 'subscriber': 'paper', 'deliver': {'grpc': 'any/example.v1.Example/Do'}}"),
            Map.entry("TopicService/Unsubscribe", "{'topic': 'news', 'subscriber': 'paper'}"),
            Map.entry("TopicService/ListSubscriptions", "{}"),
            Map.entry("grpc.health.v1.Health/Check", "{}"),
            Map.entry("grpc.health.v1.Health/Watch", "{}"),
            Map.entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "{'listServices': '*'}"),
            Map.entry("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "{'listServices': '*'}"));

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Client client;
    private final UnaryOperator<String> secrets;

    /** @param secrets the tokens by principal; the principal "unknown" has none */
    AskedCalls(Client client, UnaryOperator<String> secrets) {
        this.client = client;
        this.secrets = secrets;
    }

    /** Returns the calls that the server's reflection lists, in the form that {@link #answer} takes. */
    List<String> offered(String principal) throws InterruptedException {
        BlockingQueue<Object> answers = new ArrayBlockingQueue<>(2);
        StreamObserver<ServerReflectionRequest> asking =
                ServerReflectionGrpc.newStub(as(principal)).serverReflectionInfo(into(answers));
        asking.onNext(ServerReflectionRequest.newBuilder().setListServices("*").build());
        ServerReflectionResponse listed = (ServerReflectionResponse)
                Objects.requireNonNull(answers.poll(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS));
        asking.onCompleted();
        List<String> names = listed.getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName)
                .toList();
        List<String> calls = new ArrayList<>();
        for (String name : names) {
            services()
                    .filter(service -> service.getName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new NoSuchElementException("no caller asks the service " + name))
                    .getMethods()
                    .forEach(method -> calls.add(method.getFullMethodName().replace(PACKAGE, "")));
        }
        return calls;
    }

    private static Stream<ServiceDescriptor> services() {
        return Stream.of(
                TransactionServiceGrpc.getServiceDescriptor(),
                OperatorServiceGrpc.getServiceDescriptor(),
                TopicServiceGrpc.getServiceDescriptor(),
                HealthGrpc.getServiceDescriptor(),
                ServerReflectionGrpc.getServiceDescriptor(),
                io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor());
    }

    private Channel as(String principal) {
        return principal.equals("unknown") ? client.channel : client.as(secrets.apply(principal)).channel;
    }

    /**
     * Returns "ok", the number of the error's code, or gRPC's own code if there is no number.
     *
     * @param object "begun", "waiting", "parked" or "ended" for a new transaction of that kind; any other value for
     * none
     */
    String answer(String call, String object, String principal) {
        String gid = "asked-" + COUNT.incrementAndGet();
        make(object, gid);
        String json =
                REQUESTS.getOrDefault(call, "{'gid': '$'}").replace("$", gid).replace('\'', '"');
        MethodDescriptor<Message, Message> method = method(call);
        try {
            Message request = parsed(method, json);
            Message answer = answer(as(principal), method, request);
            if (answer instanceof SubmitTransactionsResponse items
                    && items.getAnswers(0).hasError()) {
                return code(items.getAnswers(0).getError().toStringUtf8());
            }
            return "ok";
        } catch (StatusRuntimeException refused) {
            String reported = code(String.valueOf(refused.getStatus().getDescription()));
            return reported.isEmpty() ? refused.getStatus().getCode().name() : reported;
        } catch (InvalidProtocolBufferException | InterruptedException unexpected) {
            throw new IllegalStateException(call, unexpected);
        }
    }

    private static String code(String text) {
        Matcher code = CODE.matcher(text);
        return code.find() ? code.group(1) : "";
    }

    private static Message parsed(MethodDescriptor<Message, Message> method, String json)
            throws InvalidProtocolBufferException {
        MethodDescriptor.PrototypeMarshaller<Message> marshaller =
                (MethodDescriptor.PrototypeMarshaller<Message>) method.getRequestMarshaller();
        Message.Builder request =
                Objects.requireNonNull(marshaller.getMessagePrototype()).newBuilderForType();
        JsonFormat.parser().merge(json, request);
        return request.build();
    }

    private static MethodDescriptor<Message, Message> method(String call) {
        String full = call.startsWith("grpc.") ? call : PACKAGE + call;
        return services()
                .flatMap(service -> service.getMethods().stream())
                .filter(method -> method.getFullMethodName().equals(full))
                .findFirst()
                .map(AskedCalls::ofMessages)
                .orElseThrow(() -> new NoSuchElementException("no call is named " + call));
    }

    @SuppressWarnings("unchecked")
    private static MethodDescriptor<Message, Message> ofMessages(MethodDescriptor<?, ?> method) {
        return (MethodDescriptor<Message, Message>) method;
    }

    private static Message answer(Channel channel, MethodDescriptor<Message, Message> method, Message request)
            throws InterruptedException {
        CallOptions patient = CallOptions.DEFAULT.withDeadlineAfter(PatientAwaits.BOUND);
        if (method.getType() == MethodDescriptor.MethodType.UNARY) {
            return ClientCalls.blockingUnaryCall(channel, method, patient, request);
        }
        BlockingQueue<Object> answers = new ArrayBlockingQueue<>(100);
        if (method.getType() == MethodDescriptor.MethodType.SERVER_STREAMING) {
            ClientCalls.asyncServerStreamingCall(channel.newCall(method, patient), request, into(answers));
        } else {
            ClientCalls.asyncBidiStreamingCall(channel.newCall(method, patient), into(answers))
                    .onNext(request);
        }
        Object first = Objects.requireNonNull(answers.poll(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS));
        if (first instanceof StatusRuntimeException refused) {
            throw refused;
        }
        return (Message) first;
    }

    private static <T> StreamObserver<T> into(BlockingQueue<Object> answers) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T value) {
                var _ = answers.offer(value);
            }

            @Override
            public void onError(Throwable refused) {
                var _ = answers.offer(refused);
            }

            @Override
            public void onCompleted() {
                var _ = answers.offer(GetTransactionRequest.getDefaultInstance());
            }
        };
    }

    private void make(String object, String gid) {
        switch (object) {
            case "begun" -> {
                must(TRANSACTION + "BeginTransaction", BEGIN, gid);
                must(TRANSACTION + "RegisterBranch", BRANCH.replace("'other'", "'debit'"), gid);
            }
            case "waiting" -> {
                String ask = "{'id': 'ask', 'approval': {'prompt': 'pay?', 'within': '600s'}}, ";
                must(
                        TRANSACTION + "SubmitTransaction",
                        "{'plan': " + PLAN.replace("[{'id': 'only'", "[" + ask + "{'id': 'only'") + "}",
                        gid);
                await(
                        gid,
                        now -> now.getBranchesCount() > 0
                                && now.getBranches(0).getState() == BranchStatus.State.AWAITING_APPROVAL);
            }
            case "parked" -> {
                must(TRANSACTION + "SubmitTransaction", "{'plan': " + PLAN.replace("/Do", "/Nothing") + "}", gid);
                await(gid, Transaction::hasParked);
            }
            case "ended" -> {
                must(TRANSACTION + "SubmitTransaction", "{'plan': " + PLAN + "}", gid);
                await(gid, now -> now.getState() == Transaction.State.SUCCEEDED);
            }
            default -> {
                // None.
            }
        }
    }

    private void must(String call, String json, String gid) {
        MethodDescriptor<Message, Message> method = method(call);
        try {
            var _ = answer(
                    as("shop"), method, parsed(method, json.replace("$", gid).replace('\'', '"')));
        } catch (InvalidProtocolBufferException | InterruptedException unexpected) {
            throw new IllegalStateException(call, unexpected);
        }
    }

    private void await(String gid, Function<Transaction, Boolean> condition) {
        Client shop = new Client(as("shop"));
        Awaitility.await().until(() -> condition.apply(shop.get(gid)));
    }
}
