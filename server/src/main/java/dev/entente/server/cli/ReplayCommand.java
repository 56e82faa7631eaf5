package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.Transaction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code entente tx replay}. */
@Command(
        name = "replay",
        description = "Fold the history with the decider that runs in production. Exit 1 if it does not lead to what is"
                + " stored.",
        mixinStandardHelpOptions = true)
final class ReplayCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Override
    int run() {
        ReplayTransactionResponse replay = operator()
                .replayTransaction(
                        GetTransactionRequest.newBuilder().setGid(gid).build());
        if (printsJson()) {
            print(json(replay));
        } else {
            replay.getStatesList().forEach(state -> out().println(line(state)));
            out().println(
                            replay.getMatches()
                                    ? "the history leads to what is stored"
                                    : "the history does NOT lead to what is stored: " + replay.getFirstDifference());
        }
        return replay.getMatches() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
    }

    private static JsonObject json(ReplayTransactionResponse replay) {
        JsonObject object = new JsonObject();
        object.addProperty("matches", replay.getMatches());
        JsonArray states = new JsonArray();
        for (Transaction state : replay.getStatesList()) {
            JsonObject one = new JsonObject();
            one.addProperty("revision", state.getRevision());
            one.addProperty("state", state.getState().name());
            JsonObject branches = new JsonObject();
            for (BranchStatus branch : state.getBranchesList()) {
                branches.addProperty(branch.getId(), branch.getState().name());
            }
            one.add("branches", branches);
            states.add(one);
        }
        object.add("states", states);
        if (!replay.getMatches()) {
            object.addProperty("first_difference", replay.getFirstDifference());
        }
        return object;
    }

    private static String line(Transaction state) {
        return state.getRevision() + " " + state.getState().name() + "  "
                + state.getBranchesList().stream()
                        .map(branch -> branch.getId() + " " + branch.getState().name())
                        .collect(Collectors.joining(", "));
    }
}
