package dev.entente.server.cli;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.TextFile;
import dev.entente.server.cli.text.CoordinatorAddress;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The connection of a command to a coordinator: its address and the caller's token. */
final class Remote {
    private static final String AT_HOME = "127.0.0.1:7790";
    private static final String TARGET_VARIABLE = "ENTENTE_TARGET";
    /** Every finding of a plan must fit. */
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    /** Tells a host that is not found with a stack trace. The command tells it in a sentence. */
    private static final Logger CHANNEL = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            description = "The coordinator (default: " + TARGET_VARIABLE + ", else " + AT_HOME + ").")
    private @Nullable String target;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with a bearer token in its first line (default: the token in ENTENTE_TOKEN).")
    private @Nullable Path tokenFile;

    @Mixin
    private TlsOptions tls;

    /** @throws ParameterException where the token file cannot be read, or is empty */
    Channel open(ManagedChannel channel, CommandLine commandLine) {
        String token = token(commandLine);
        if (token == null) {
            return channel;
        }
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** @throws ParameterException where a certificate or the target is of no use */
    ManagedChannel connect(CommandLine commandLine) {
        CHANNEL.setLevel(Level.SEVERE);
        String mistake = CoordinatorAddress.mistake(address());
        if (mistake != null) {
            throw wrong(commandLine, (target == null ? TARGET_VARIABLE : "--target") + " " + mistake, null);
        }
        ChannelCredentials credentials = tls.credentials(commandLine);
        try {
            return NettyChannelBuilder.forTarget(address(), credentials)
                    .disableRetry()
                    .maxInboundMetadataSize(MAX_HEADER_BYTES)
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .build();
        } catch (IllegalArgumentException useless) {
            throw wrong(commandLine, "'" + address() + "' cannot be asked", useless);
        }
    }

    static ParameterException wrong(CommandLine commandLine, String what, @Nullable Exception cause) {
        return new ParameterException(commandLine, ErrorCode.BAD_VALUE.id() + ": " + what, cause);
    }

    static ParameterException unreadable(CommandLine commandLine, String option, Path file, IOException failure) {
        return wrong(
                commandLine,
                option + " " + file + " cannot be read: " + TextFile.reason(file, failure) + "; check the path",
                failure);
    }

    String address() {
        String environment = System.getenv(TARGET_VARIABLE);
        return target != null ? target : environment != null && !environment.isEmpty() ? environment : AT_HOME;
    }

    private @Nullable String token(CommandLine commandLine) {
        if (tokenFile == null) {
            return System.getenv("ENTENTE_TOKEN");
        }
        try {
            String token = TextFile.firstLine(tokenFile).strip();
            if (token.isEmpty()) {
                throw wrong(commandLine, "--token-file " + tokenFile + " has no token in its first line", null);
            }
            return token;
        } catch (IOException unreadable) {
            throw unreadable(commandLine, "--token-file", tokenFile, unreadable);
        }
    }
}
