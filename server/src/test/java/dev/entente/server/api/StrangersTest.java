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

/** Requests of a submitter for another submitter's transaction, which are answered as if there were no transaction. */
class StrangersTest {
    @TempDir
    static Path folder;

    private static Principals principals;
    private static TwoCoordinators both;
    private static LocalCoordinator api;

    /** The coordinator that has the other submitter's transaction. */
    enum Held {
        HERE,
        BY_ANOTHER,
        BY_AN_UNAVAILABLE_COORDINATOR,
        BY_AN_UNKNOWN_INCARNATION
    }

    /** Requests that another submitter may send. */
    private static final Map<String, BiConsumer<Client, String>> REQUESTS = Map.of(
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
    void errors_for_anothers_and_for_a_missing_transaction_are_identical(Held held) {
        String gid = "t-1-" + held.ordinal();
        // As long as the gid of the transaction, so that complete responses can be compared.
        String absent = "t-0-" + held.ordinal();
        try (OtherCoordinator unavailable = new OtherCoordinator(api, "node-c", "127.0.0.1:1")) {
            takeOwnership(held, gid, unavailable);
            REQUESTS.forEach(
                    (name, request) -> assertThat(answer(request, gid)).as(name).isEqualTo(answer(request, absent)));
            assertThat(api.number("select state from open_transaction where gid = '" + gid + "'"))
                    .isIn((long) Transaction.State.SCHEDULED_VALUE, (long) Transaction.State.RUNNING_VALUE);
            if (held == Held.BY_AN_UNAVAILABLE_COORDINATOR) {
                assertTheSubmitterGetsAnError(gid);
            }
        }
    }

    private static void takeOwnership(Held held, String gid, OtherCoordinator unavailable) {
        if (held == Held.BY_ANOTHER) {
            // Its call never gets a response, so its coordinator keeps the transaction.
            principals.at(both.second, "shop").submit(SamplePlans.calling(gid, "Hang"));
            return;
        }
        principals.at(api, "shop").submit(SamplePlans.scheduled(gid));
        switch (held) {
            case HERE, BY_ANOTHER -> {}
            case BY_AN_UNAVAILABLE_COORDINATOR -> unavailable.takeOwnership(gid);
            case BY_AN_UNKNOWN_INCARNATION -> OtherCoordinator.takeOwnership(api, gid, 99);
        }
    }

    private static void assertTheSubmitterGetsAnError(String gid) {
        for (String request : List.of("watch", "commit", "abort")) {
            BiConsumer<Client, String> call = Objects.requireNonNull(REQUESTS.get(request));
            assertThatThrownBy(() -> call.accept(principals.at(api, "shop"), gid))
                    .hasMessageContaining("ENT-053");
        }
    }

    /** Returns the complete error, byte for byte, without the requested gid. */
    private static String answer(BiConsumer<Client, String> request, String gid) {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> request.accept(principals.at(api, "bank"), gid));
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

    /** Returns the text's bytes as {@code Arrays.toString} shows them, without the brackets. */
    private static String listed(String text) {
        String list = Arrays.toString(text.getBytes(StandardCharsets.UTF_8));
        return list.substring(1, list.length() - 1);
    }
}
