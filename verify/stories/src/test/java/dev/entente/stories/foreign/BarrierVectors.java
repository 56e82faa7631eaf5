package dev.entente.stories.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.SqlDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The test vectors that are published with the documents, and the check of a wallet behind a barrier. */
final class BarrierVectors {
    private final JsonObject all;

    private BarrierVectors(JsonObject all) {
        this.all = all;
    }

    static BarrierVectors read(Path file) throws IOException {
        return new BarrierVectors(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
    }

    List<JsonObject> signatures() {
        return objects(all, "signatures");
    }

    /** One call of a sequence. */
    record Call(String gid, String account, JsonObject vector) {
        String op() {
            return text("op");
        }

        long cents() {
            return vector.get("cents").getAsLong();
        }

        /** Returns a field of the vector as text, or an empty text if the field is absent. */
        String text(String field) {
            return vector.has(field) ? vector.get(field).getAsString() : "";
        }
    }

    /**
     * The response to one call.
     * @param verdict {@code ok}, {@code FAILED}, or a reason
     * @param cents null if the response is empty
     * @param code the code of a rejection, otherwise empty
     */
    record Answer(String verdict, @Nullable Long cents, String code, boolean isSettled) {}

    /** A wallet behind a barrier. */
    interface Wallet {
        Answer call(Call call) throws Exception;
    }

    /** Calls all sequences and compares responses and effects. Blocks. */
    void verify(Wallet wallet, Connection database) throws Exception {
        List<String> differences = new ArrayList<>();
        List<JsonObject> sequences = objects(all, "sequences");
        assertThat(sequences).isNotEmpty();
        for (JsonObject sequence : sequences) {
            String gid = "vector-" + UUID.randomUUID();
            open(database, gid);
            for (JsonObject vector : objects(sequence, "calls")) {
                Answer answer = wallet.call(new Call(gid, gid, vector));
                String actual = actual(answer, database, gid);
                String expected = expected(vector.getAsJsonObject("expect"));
                if (!actual.equals(expected)) {
                    differences.add(sequence.get("name") + ", " + vector + ": " + actual);
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    private static String expected(JsonObject expect) {
        JsonElement cents = expect.get("cents");
        JsonElement code = expect.get("code");
        return "%s %s %s %s, %s %s"
                .formatted(
                        expect.get("answer").getAsString(),
                        cents == null || cents.isJsonNull() ? null : cents.getAsLong(),
                        code == null ? "" : code.getAsString(),
                        expect.has("settled") && expect.get("settled").getAsBoolean(),
                        expect.get("balance"),
                        expect.get("held"));
    }

    private static String actual(Answer answer, Connection database, String account) throws SQLException {
        String sql = "select balance || ' ' || held from wallet where account = ?";
        return "%s %s %s %s, %s"
                .formatted(
                        answer.verdict(),
                        answer.cents(),
                        answer.code(),
                        answer.isSettled(),
                        SqlDatabase.rows(database, row -> row.getString(1), sql, account)
                                .getFirst());
    }

    private static void open(Connection database, String account) throws SQLException {
        SqlDatabase.update(database, "insert into wallet values (?, 1000, 0)", account);
    }

    private static List<JsonObject> objects(JsonObject from, String list) {
        return from.getAsJsonArray(list).asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
