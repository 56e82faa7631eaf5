package dev.entente.server.cli;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.access.Certificates;
import dev.entente.server.api.access.Pem;
import dev.entente.server.app.TextFile;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A command with a connection to a coordinator: its address, the caller's token, and TLS. */
abstract class RemoteCommand extends PrintingCommand {
    private static final String TARGET_VARIABLE = "ENTENTE_TARGET";
    private static final String CA_VARIABLE = "ENTENTE_CA";
    private static final String AT_HOME = "127.0.0.1:7790";
    /** The capacity for all findings of a plan. */
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    /** The logger that reports an unknown host with a stack trace. The command reports the host in a sentence. */
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

    @Option(
            names = "--tls",
            description =
                    "Use TLS with the platform's trusted certificates (default: plaintext, unless --ca is given).")
    private boolean tls;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Use TLS with the trusted certificates in this PEM file (default: the file in " + CA_VARIABLE
                    + ").")
    private @Nullable Path ca;

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "PEM file with the client certificate, for a coordinator that requires client certificates.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "PEM file with the private key of --certificate.")
    private @Nullable Path key;

    /** @throws ParameterException if the target, a file or a certificate cannot be used */
    final ManagedChannel connect() {
        CHANNEL.setLevel(Level.SEVERE);
        String mistake = CoordinatorAddress.mistake(address());
        if (mistake != null) {
            throw useless((target == null ? TARGET_VARIABLE : "--target") + " " + mistake, null);
        }
        try {
            NettyChannelBuilder builder = NettyChannelBuilder.forTarget(address(), credentials())
                    .disableRetry()
                    .maxInboundMetadataSize(MAX_HEADER_BYTES)
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES);
            String token = token();
            if (token != null) {
                Metadata headers = new Metadata();
                headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
                builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
            }
            return builder.build();
        } catch (IllegalArgumentException useless) {
            throw useless(
                    "'" + address() + "' is not a valid target; write host:port, such as" + " 127.0.0.1:7790", useless);
        }
    }

    final String address() {
        return target != null ? target : Objects.requireNonNullElse(given(TARGET_VARIABLE), AT_HOME);
    }

    private static @Nullable String given(String variable) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : value;
    }

    private @Nullable String token() {
        if (tokenFile == null) {
            return System.getenv("ENTENTE_TOKEN");
        }
        try {
            String token = TextFile.firstLine(tokenFile).strip();
            if (token.isEmpty()) {
                throw useless("--token-file " + tokenFile + " has no token in its first line", null);
            }
            return token;
        } catch (IOException unreadable) {
            throw unreadable("--token-file", tokenFile, unreadable);
        }
    }

    private ChannelCredentials credentials() {
        String variable = given(CA_VARIABLE);
        Path trusted = ca == null && variable != null ? Path.of(variable) : ca;
        if ((certificate == null) != (key == null)) {
            throw useless("only one of --certificate and --key is given; give both, or neither", null);
        }
        if (!tls && trusted == null && certificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        try {
            if (trusted != null) {
                AdvancedTlsX509TrustManager authorities = Certificates.empty();
                Certificates.trust(authorities, pem(ca == null ? CA_VARIABLE : "--ca", trusted));
                credentials.trustManager(authorities);
            }
            if (certificate != null && key != null) {
                AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
                Certificates.show(own, pem("--certificate", certificate), pem("--key", key));
                credentials.keyManager(own);
            }
        } catch (GeneralSecurityException useless) {
            throw useless(String.valueOf(useless.getMessage()), useless);
        }
        return credentials.build();
    }

    private Pem pem(String origin, Path file) {
        try {
            return new Pem(file, Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException unreadable) {
            throw unreadable(origin, file, unreadable);
        }
    }

    /** Returns the refusal of a file that an option or a variable names. */
    final ParameterException unreadable(String origin, Path file, IOException failure) {
        return useless(origin + " " + file + " cannot be read: " + TextFile.advice(file, failure), failure);
    }

    private ParameterException useless(String what, @Nullable Exception cause) {
        return wrong(ErrorCode.BAD_VALUE.id() + ": " + what, cause);
    }
}
