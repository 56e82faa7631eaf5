package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two submitters; what one of them asks of the other's transaction is answered as of one that is nowhere. */
class StrangersTest {
    private static final long OWNER = 8;
    private static final String OTHERS = "t-1";
    /** As long as the other, so that whole answers can be compared. */
    private static final String ABSENT = "t-0";

    @TempDir
    private Path folder;

    private String shop;
    private String bank;
    private LoopbackApi api;

    /** Where the other's transaction is. */
    enum Held {
        HERE,
        BY_ANOTHER,
        BY_ONE_THAT_IS_NOT_THERE,
        BY_ONE_THAT_NOBODY_KNOWS
    }

    /** What a stranger may ask of it. */
    private record Question(String name, BiConsumer<TransactionServiceBlockingStub, String> ask) {}

    private static final Question GET = new Question(
            "get",
            (stub, gid) -> stub.getTransaction(
                    GetTransactionRequest.newBuilder().setGid(gid).build()));
    private static final Question WAITING_GET = new Question(
            "waiting get",
            (stub, gid) -> stub.getTransaction(GetTransactionRequest.newBuilder()
                    .setGid(gid)
                    .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                    .build()));
    private static final Question WATCH = new Question(
            "watch",
            (stub, gid) -> stub.watchTransaction(
                            WatchTransactionRequest.newBuilder().setGid(gid).build())
                    .next());
    private static final Question COMMIT = new Question(
            "commit",
            (stub, gid) -> stub.commitTransaction(
                    CommitTransactionRequest.newBuilder().setGid(gid).build()));
    private static final Question ABORT = new Question(
            "abort",
            (stub, gid) -> stub.abortTransaction(
                    AbortTransactionRequest.newBuilder().setGid(gid).build()));

    @BeforeEach
    void open() throws IOException {
        Tokens.Created first = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        Tokens.Created second = first.tokens().create("bank", Set.of(Access.SUBMITTER));
        shop = first.secret();
        bank = second.secret();
        second.tokens().write(folder.resolve("tokens"));
        api = LoopbackApi.withTokens(Proofs.tokens(folder.resolve("tokens")));
        submit(api);
    }

    private void submit(LoopbackApi where) {
        var _ = stub(where, shop)
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(OTHERS))
                        .build());
    }

    private static TransactionServiceBlockingStub stub(LoopbackApi where, String secret) {
        return TransactionServiceGrpc.newBlockingStub(where.as(secret));
    }

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @EnumSource
    void nothing_tells_anothers_transaction_from_none(Held held) throws IOException {
        try (LoopbackApi owner = LoopbackApi.withTokens("node-b", Proofs.tokens(folder.resolve("tokens")))) {
            submit(owner);
            hold(held, owner);
            for (Question question : List.of(GET, WAITING_GET, WATCH, COMMIT, ABORT)) {
                assertThat(answer(question, OTHERS)).as(question.name()).isEqualTo(answer(question, ABSENT));
            }
            assertThat(api.transactions.acts).isEmpty();
            assertThat(owner.transactions.acts).isEmpty();
        }
    }

    private void hold(Held held, LoopbackApi owner) {
        if (held == Held.BY_ANOTHER) {
            api.membership.add(OWNER, "node-b", "127.0.0.1:" + owner.port);
        } else if (held == Held.BY_ONE_THAT_IS_NOT_THERE) {
            api.membership.add(OWNER, "node-c", "127.0.0.1:1");
        }
        if (held != Held.HERE) {
            api.transactions.heldElsewhere.put(OTHERS, OWNER);
        }
    }

    /** The whole answer, byte for byte, but for the gid that was asked for. */
    private String answer(Question question, String gid) {
        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> question.ask.accept(stub(api, bank), gid));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        Metadata trailers = Objects.requireNonNull(refused.getTrailers());
        TreeMap<String, String> bytes = new TreeMap<>();
        for (String key : trailers.keys()) {
            bytes.put(key, Arrays.toString(value(trailers, key)).replace(listed(gid), "gid"));
        }
        return (refused.getStatus() + " " + bytes).replace(gid, "gid");
    }

    private static byte[] value(Metadata trailers, String key) {
        return key.endsWith("-bin")
                ? Objects.requireNonNull(trailers.get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER)))
                : Objects.requireNonNull(trailers.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)))
                        .getBytes(StandardCharsets.UTF_8);
    }

    /** Its bytes as a list shows them, without the brackets. */
    private static String listed(String text) {
        String list = Arrays.toString(text.getBytes(StandardCharsets.UTF_8));
        return list.substring(1, list.length() - 1);
    }

    @Test
    void its_own_submitter_hears_that_the_owner_is_away() throws Exception {
        hold(Held.BY_ONE_THAT_IS_NOT_THERE, api);
        for (Question question : List.of(WATCH, COMMIT, ABORT)) {
            Refused refused = Refused.by(() -> question.ask.accept(stub(api, shop), OTHERS));
            assertThat(refused.code()).isEqualTo("ENT-053");
        }
    }
}
