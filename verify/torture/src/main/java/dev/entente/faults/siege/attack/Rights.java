package dev.entente.faults.siege.attack;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Approval;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** Calls that ask for what is not the caller's to have. Each has to be refused. */
final class Rights {
    private static final String NOBODY_HAS = "absent-";
    private static final int THREADS = 4;

    private Rights() {}

    static List<Attack> all() {
        return List.of(
                new Attack("guessed-tokens", Rights::guess),
                new Attack("anothers-transaction", Rights::anothers),
                new Attack("forged-forwarding", Rights::forgeForwarding),
                new Attack("own-approval", Rights::approveItself),
                new Attack("forged-calls", Rights::forgeCalls));
    }

    private static void mustBe(Raid raid, String what, Status.Code wanted, Callable<? extends Message> call)
            throws Exception {
        raid.tried();
        Optional<Status> refusal = Guest.refusal(call);
        if (refusal.isEmpty()) {
            raid.broke(what + " was answered");
        } else if (refusal.get().getCode() != wanted
                && refusal.get().getCode() != Status.Code.UNAVAILABLE
                && refusal.get().getCode() != Status.Code.RESOURCE_EXHAUSTED) {
            raid.broke(what + " was refused as " + refusal.get());
        }
    }

    private static void guess(Front front, Raid raid) throws Exception {
        try (Guest guest = new Guest(front)) {
            Together.of(THREADS, raid, number -> {
                for (int i = 0; raid.goesOn(); i++) {
                    String token = front.token().substring(0, front.token().length() - 6) + number + "x" + i;
                    TransactionServiceBlockingStub stub =
                            TransactionServiceGrpc.newBlockingStub(guest.claiming("Bearer " + token, Map.of()));
                    mustBe(
                            raid,
                            "a guessed token",
                            Status.Code.UNAUTHENTICATED,
                            () -> stub.getTransaction(Guest.get(front.victim())));
                }
            });
        }
    }

    /** Asks for a transaction that another one has begun, and for none: the answers must not differ. */
    private static void anothers(Front front, Raid raid) throws Exception {
        try (Guest guest = new Guest(front)) {
            TransactionServiceBlockingStub stub = guest.transactions();
            Map<String, Function<String, ? extends Message>> acts = Map.of(
                    "a branch", gid -> stub.registerBranch(branch(gid, "", "")),
                    "a nested branch", gid -> stub.registerBranch(branch(gid, "debit", "")),
                    "a nested branch with a made-up token",
                            gid -> stub.registerBranch(branch(gid, "debit", "AAAAAAAAAAAAAAAAAAAAAA")),
                    "a commit",
                            gid -> stub.commitTransaction(CommitTransactionRequest.newBuilder()
                                    .setGid(gid)
                                    .build()),
                    "an abort",
                            gid -> stub.abortTransaction(AbortTransactionRequest.newBuilder()
                                    .setGid(gid)
                                    .build()),
                    "a look", gid -> stub.getTransaction(Guest.get(gid)),
                    "a watch",
                            gid -> stub.watchTransaction(WatchTransactionRequest.newBuilder()
                                            .setGid(gid)
                                            .build())
                                    .next());
            for (int i = 0; raid.goesOn(); i++) {
                String none = NOBODY_HAS + i;
                for (Map.Entry<String, Function<String, ? extends Message>> each : acts.entrySet()) {
                    alike(raid, each.getKey(), front.victim(), none, each.getValue());
                }
            }
        }
    }

    private static RegisterBranchRequest branch(String gid, String parent, String token) {
        Operation call =
                Operation.newBuilder().setGrpc(Front.HOSTILE + "/x.Y/Z").build();
        return RegisterBranchRequest.newBuilder()
                .setGid(gid)
                .setTcc(TccBranch.newBuilder()
                        .setId("stolen")
                        .setParent(parent)
                        .setTry(call)
                        .setConfirm(call)
                        .setCancel(call))
                .setJoinToken(token)
                .build();
    }

    private static void alike(
            Raid raid, String what, String anothers, String none, Function<String, ? extends Message> call)
            throws Exception {
        raid.tried();
        Optional<Status> there = Guest.refusal(() -> call.apply(anothers));
        Optional<Status> absent = Guest.refusal(() -> call.apply(none));
        if (there.isEmpty() || absent.isEmpty()) {
            raid.broke(what + " was answered");
        } else if (!text(there.get(), anothers).equals(text(absent.get(), none))) {
            raid.broke(what + " tells that there is one: " + there.get() + " and " + absent.get());
        }
    }

    private static String text(Status status, String gid) {
        return status.getCode() + " " + String.valueOf(status.getDescription()).replace(gid, "GID");
    }

    private static void forgeForwarding(Front front, Raid raid) throws Exception {
        List<Map<String, String>> claims = List.of(
                Map.of("entente-peer", "node=a;principal=operator;roles=operator,admin;signature=AAAA"),
                Map.of("entente-peer", "AAAA"),
                Map.of("entente-principal", "operator", "entente-roles", "admin"));
        ForceFinishRequest finish =
                ForceFinishRequest.newBuilder().setGid(front.victim()).build();
        try (Guest guest = new Guest(front)) {
            for (int i = 0; raid.goesOn(); i++) {
                Channel own = guest.with(claims.get(i % claims.size()));
                Channel without = guest.claiming("Bearer", claims.get(i % claims.size()));
                for (Channel channel : List.of(own, without)) {
                    raid.tried();
                    Optional<Status> refusal = Guest.refusal(
                            () -> OperatorServiceGrpc.newBlockingStub(channel).forceFinishTransaction(finish));
                    if (refusal.isEmpty()) {
                        raid.broke("an act of an operator was taken from whoever says that it comes from one");
                    } else if (refusal.get().getCode() != Status.Code.UNAUTHENTICATED
                            && refusal.get().getCode() != Status.Code.PERMISSION_DENIED) {
                        raid.broke("a forged forwarding was refused as " + refusal.get());
                    }
                }
            }
        }
    }

    private static void approveItself(Front front, Raid raid) throws Exception {
        raid.mustReach("no plan with an approval was accepted");
        try (Guest guest = new Guest(front)) {
            while (raid.goesOn()) {
                String gid = Guest.gid("payment");
                mustBe(
                        raid,
                        "an approval that time gives",
                        Status.Code.PERMISSION_DENIED,
                        () -> guest.transactions()
                                .submitTransaction(Guest.submit(payment(gid, Approval.Expiry.APPROVE))));
                mustBe(
                        raid,
                        "a list of approvers with the submitter alone",
                        Status.Code.PERMISSION_DENIED,
                        () -> guest.transactions()
                                .submitTransaction(Guest.submit(payment(gid, Approval.Expiry.REJECT, "mallory"))));
                Optional<Status> accepted = Guest.refusal(() -> guest.transactions()
                        .submitTransaction(Guest.submit(payment(gid, Approval.Expiry.REJECT, "mallory", "carol"))));
                if (accepted.isEmpty()) {
                    raid.reached();
                    mustBe(
                            raid,
                            "an approval of what one has submitted itself",
                            Status.Code.PERMISSION_DENIED,
                            () -> guest.transactions()
                                    .decideApproval(DecideApprovalRequest.newBuilder()
                                            .setGid(gid)
                                            .setBranch("ask")
                                            .setApproved(true)
                                            .build()));
                }
            }
        }
    }

    private static Plan payment(String gid, Approval.Expiry expiry, String... approvers) {
        Approval approval = Approval.newBuilder()
                .setPrompt("pay?")
                .setWithin(Duration.newBuilder().setSeconds(1))
                .setOnExpiry(expiry)
                .addAllApprovers(List.of(approvers))
                .build();
        Plan.Builder plan =
                Guest.saga(
                        gid,
                        Operation.newBuilder()
                                .setGrpc("book/siege.v1.BookService/Enter")
                                .build())
                        .toBuilder();
        Saga.Builder saga = plan.getSagaBuilder();
        SagaStep pay = saga.getSteps(0);
        saga.clearSteps()
                .addSteps(SagaStep.newBuilder().setId("ask").setApproval(approval))
                .addSteps(pay);
        return plan.build();
    }

    /** Calls the participant itself, which believes signed calls alone. */
    private static void forgeCalls(Front front, Raid raid) throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", front.participantPort())
                .usePlaintext()
                .build();
        try {
            Together.of(THREADS, raid, number -> {
                for (int i = 0; raid.goesOn(); i++) {
                    Metadata claimed = new Metadata();
                    claims("forged-" + number + "-" + i, i)
                            .forEach((name, value) ->
                                    claimed.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
                    Channel as =
                            ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(claimed));
                    mustBe(
                            raid,
                            "a call that no coordinator has signed",
                            Status.Code.UNAUTHENTICATED,
                            () -> ClientCalls.blockingUnaryCall(
                                    as, Book.ENTER, CallOptions.DEFAULT, StringValue.of("mine")));
                }
            });
        } finally {
            channel.shutdownNow();
        }
    }

    private static Map<String, String> claims(String gid, int turn) {
        Map<String, String> plain =
                Map.of("entente-gid", gid, "entente-branch", "go", "entente-op", "action", "entente-attempt", "1");
        if (turn % 2 == 0) {
            return plain;
        }
        Map<String, String> signed = new HashMap<>(plain);
        signed.put("entente-signature", "v2 key=00000000 created=" + System.currentTimeMillis() / 1000 + " mac=AAAA");
        return signed;
    }
}
