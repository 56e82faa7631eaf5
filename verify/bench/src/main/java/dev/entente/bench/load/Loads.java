package dev.entente.bench.load;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.bench.load.TransactionLoad.Ending;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.PeerService;
import dev.entente.bench.peer.RawCalls;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.function.Consumer;

/** The loads: the requests that the client sends for each subject, and the responses that count as a success. */
public final class Loads {
    /** The method that takes a SubmitTransactionRequest. */
    public static final MethodDescriptor<byte[], byte[]> SUBMIT =
            RawCalls.unary("entente.v1.TransactionService/SubmitTransaction");

    private Loads() {}

    /** Makes three calls, one after another: one as large as a submit, two as large as a step. */
    public static TransactionLoad threeCalls(Channel participant) {
        RequestTemplate submit = RequestTemplate.peer();
        byte[] step = new byte[RequestTemplate.stepBytes()];
        return ending -> call(participant, PeerParticipant.ACT, submit.next(), ending, _ -> {
            call(participant, PeerParticipant.ACT, step, ending, _ -> {
                call(participant, PeerParticipant.ACT, step, ending, _ -> ending.succeeded());
            });
        });
    }

    /** Runs one saga of the relay or of a hand-written coordinator. */
    public static TransactionLoad peerSaga(Channel coordinator) {
        return peer(coordinator, PeerService.SUBMIT_SAGA);
    }

    /** Runs one TCC transaction of the relay. */
    public static TransactionLoad peerTcc(Channel coordinator) {
        return peer(coordinator, PeerService.SUBMIT_TCC);
    }

    private static TransactionLoad peer(Channel coordinator, MethodDescriptor<byte[], byte[]> method) {
        RequestTemplate request = RequestTemplate.peer();
        return ending -> call(coordinator, method, request.next(), ending, _ -> ending.succeeded());
    }

    /** Runs one transaction of Entente; only SUCCEEDED is a success. */
    public static TransactionLoad entente(Channel coordinator, RequestTemplate request) {
        return ending -> call(coordinator, SUBMIT, request.next(), ending, response -> judge(response, ending));
    }

    /** Runs one transaction of Entente and does not wait for its final state: an accepted transaction is a success. */
    public static TransactionLoad accepted(Channel coordinator, RequestTemplate request) {
        return ending -> call(coordinator, SUBMIT, request.next(), ending, _ -> ending.succeeded());
    }

    private static void judge(byte[] response, Ending ending) {
        try {
            judge(SubmitTransactionResponse.parseFrom(response).getTransaction(), ending);
        } catch (InvalidProtocolBufferException e) {
            ending.failed("unreadable response: " + e.getMessage());
        }
    }

    /** Reports a success if the state is SUCCEEDED, otherwise a failure. */
    public static void judge(Transaction transaction, Ending ending) {
        if (transaction.getState() == Transaction.State.SUCCEEDED) {
            ending.succeeded();
        } else {
            ending.failed("transaction %s is %s %s %s"
                    .formatted(
                            transaction.getGid(),
                            transaction.getState(),
                            transaction.getDetail(),
                            transaction.getParked().getDetail()));
        }
    }

    private static void call(
            Channel channel,
            MethodDescriptor<byte[], byte[]> method,
            byte[] request,
            Ending ending,
            Consumer<byte[]> then) {
        RawCalls.call(channel, method, request, then, cause -> ending.failed(cause.toString()));
    }
}
