package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.app.TwoCoordinators;
import dev.entente.v1.Transaction;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two submitters; what one of them asks of the other's transaction is answered as of one that is nowhere. */
class StrangersTest {
    @TempDir
    static Path folder;

    private static Principals principals;
    private static TwoCoordinators both;
    private static LocalCoordinator api;

    /** Where the other's transaction is. */
    enum Held {
        HERE,
        BY_ANOTHER,
        BY_ONE_THAT_IS_NOT_THERE,
        BY_ONE_THAT_NOBODY_KNOWS
    }

    /** What a stranger may ask of it. */
    private static final Map<String, BiConsumer<Client, String>> QUESTIONS = Map.of(
            "get", Client::get,
            "waiting get",
                    (client, gid) -> client.transactions()
                            .getTransaction(Client.getOf(gid).toBuilder()
                                    .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                                    .build()),
            "watch", (client, gid) -> client.watch(gid).next(),
            "commit", Client::commit,
            "abort", Client::abort);

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "bank submitter");
        both = new TwoCoordinators(principals, principals);
        api = both.first;
    }

    @AfterAll
    static void stop() {
        both.close();
    }

    @ParameterizedTest
    @EnumSource
    void nothing_tells_anothers_transaction_from_none(Held held) {
        String gid = "t-1-" + held.ordinal();
        // As long as the other, so that whole answers can be compared.
        String absent = "t-0-" + held.ordinal();
        try (OtherCoordinator away = new OtherCoordinator(api, "node-c", "127.0.0.1:1")) {
            hold(held, gid, away);
            QUESTIONS.forEach((name, question) ->
                    assertThat(answer(question, gid)).as(name).isEqualTo(answer(question, absent)));
            assertThat(api.number("select state from open_transaction where gid = '" + gid + "'"))
                    .isIn((long) Transaction.State.SCHEDULED_VALUE, (long) Transaction.State.RUNNING_VALUE);
            if (held == Held.BY_ONE_THAT_IS_NOT_THERE) {
                assertThatItsOwnSubmitterHearsOfIt(gid);
            }
        }
    }

    private static void hold(Held held, String gid, OtherCoordinator away) {
        if (held == Held.BY_ANOTHER) {
            // It is never answered, so its coordinator keeps it.
            principals.at(both.second, "shop").submit(SamplePlans.calling(gid, "Hang"));
            return;
        }
        principals.at(api, "shop").submit(SamplePlans.scheduled(gid));
        switch (held) {
            case HERE, BY_ANOTHER -> {}
            case BY_ONE_THAT_IS_NOT_THERE -> away.hold(gid);
            case BY_ONE_THAT_NOBODY_KNOWS -> OtherCoordinator.hold(api, gid, 99);
        }
    }

    private static void assertThatItsOwnSubmitterHearsOfIt(String gid) {
        for (String question : List.of("watch", "commit", "abort")) {
            BiConsumer<Client, String> ask = Objects.requireNonNull(QUESTIONS.get(question));
            assertThatThrownBy(() -> ask.accept(principals.at(api, "shop"), gid))
                    .hasMessageContaining("ENT-053");
        }
    }

    /** Returns the whole answer, byte for byte, but for the gid that was asked for. */
    private static String answer(BiConsumer<Client, String> question, String gid) {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> question.accept(principals.at(api, "bank"), gid));
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

    /** Returns its bytes as a list shows them, without the brackets. */
    private static String listed(String text) {
        String list = Arrays.toString(text.getBytes(StandardCharsets.UTF_8));
        return list.substring(1, list.length() - 1);
    }
}
