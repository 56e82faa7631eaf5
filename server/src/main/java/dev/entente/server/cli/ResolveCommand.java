package dev.entente.server.cli;

import com.google.protobuf.ByteString;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.Body;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx resolve}. */
@Command(
        name = "resolve",
        description = "Say what really happened to one operation; the coordinator goes on by itself.",
        mixinStandardHelpOptions = true)
final class ResolveCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    private String gid;

    @Parameters(index = "1", paramLabel = "BRANCH")
    private String branch;

    @Parameters(index = "2", paramLabel = "OPERATION", description = "action, compensate, try, confirm or cancel.")
    private String operation;

    /** Exactly one. */
    static final class Truth {
        @Option(names = "--done", description = "It was done.")
        boolean done;

        @Option(names = "--undone", description = "It was done and taken back by hand; or an undo was done by hand.")
        boolean undone;

        @Option(names = "--never-happened", description = "It was never done.")
        boolean neverHappened;
    }

    @ArgGroup(multiplicity = "1")
    private @Nullable Truth truth;

    @Option(
            names = "--response-file",
            paramLabel = "FILE",
            description = "With --done: the response as protobuf bytes, where later steps read it.")
    private @Nullable Path response;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
    private String reason = "";

    @Override
    int run() {
        ResolveBranchRequest.Builder request = ResolveBranchRequest.newBuilder()
                .setGid(gid)
                .setBranch(branch)
                .setOp(operation)
                .setReason(reason);
        if (truth != null && truth.done) {
            request.setDone(Body.newBuilder().setRaw(response()));
        } else if (truth != null && truth.undone) {
            request.setUndone(true);
        } else {
            request.setNeverHappened(true);
        }
        Transaction transaction = operator().resolveBranch(request.build());
        printSummary(transaction);
        return ExitCode.HELD;
    }

    private ByteString response() {
        if (response == null) {
            return ByteString.EMPTY;
        }
        try {
            return ByteString.copyFrom(Files.readAllBytes(response));
        } catch (IOException unreadable) {
            throw Remote.unreadable(commandLine(), "--response-file", response, unreadable);
        }
    }
}
