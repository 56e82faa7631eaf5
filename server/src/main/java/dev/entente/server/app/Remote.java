package dev.entente.server.app;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The connection of a command to a coordinator: its address and the caller's token. */
final class Remote {
    private static final String AT_HOME = "127.0.0.1:7790";
    /** Every finding of a plan must fit. */
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private static final Pattern URL = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            description = "The coordinator (default: ENTENTE_TARGET, else " + AT_HOME + ").")
    private @Nullable String target;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with a bearer token in its first line (default: the token in ENTENTE_TOKEN).")
    private @Nullable Path tokenFile;

    @Option(
            names = "--tls",
            description = "Speak TLS, and trust what this platform trusts (default: plaintext, unless --ca is given).")
    private boolean tls;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Speak TLS, and trust the certificates in this PEM file (default: the file in ENTENTE_CA).")
    private @Nullable Path ca;

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "PEM file with a certificate of one's own, for a coordinator that asks who calls.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "PEM file with its private key.")
    private @Nullable Path key;

    /** @throws ParameterException where the token file cannot be read */
    Channel open(ManagedChannel channel, picocli.CommandLine commandLine) {
        String token = token(commandLine);
        if (token == null) {
            return channel;
        }
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** @throws ParameterException where a certificate or the target is of no use */
    ManagedChannel connect(picocli.CommandLine commandLine) {
        refuseUselessAddress(commandLine);
        try {
            return NettyChannelBuilder.forTarget(address(), credentials())
                    .disableRetry()
                    .maxInboundMetadataSize(MAX_HEADER_BYTES)
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .build();
        } catch (IOException | IllegalArgumentException useless) {
            Throwable cause = useless.getCause() == null ? useless : useless.getCause();
            throw new ParameterException(commandLine, address() + " cannot be asked: " + cause, useless);
        }
    }

    /** Refuses a target without a port, which would be asked at the port of the web. */
    private void refuseUselessAddress(picocli.CommandLine commandLine) {
        String address = address();
        Matcher url = URL.matcher(address);
        if (url.lookingAt()) {
            throw new ParameterException(
                    commandLine,
                    "'" + address + "' is a URL; write host:port of the coordinator's gRPC port, without '"
                            + url.group() + "'");
        }
        if (!address.contains("//") && !PORT.matcher(address).find()) {
            throw new ParameterException(
                    commandLine, "'" + address + "' names no port; write host:port, such as " + address + ":7790");
        }
    }

    private ChannelCredentials credentials() throws IOException {
        String environment = System.getenv("ENTENTE_CA");
        Path trusted = ca != null || environment == null || environment.isEmpty() ? ca : Path.of(environment);
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("--certificate and --key belong together");
        }
        if (!tls && trusted == null && certificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        if (trusted != null) {
            credentials.trustManager(trusted.toFile());
        }
        if (certificate != null && key != null) {
            credentials.keyManager(certificate.toFile(), key.toFile());
        }
        return credentials.build();
    }

    String address() {
        String environment = System.getenv("ENTENTE_TARGET");
        return target != null ? target : environment != null && !environment.isEmpty() ? environment : AT_HOME;
    }

    private @Nullable String token(picocli.CommandLine commandLine) {
        if (tokenFile == null) {
            return System.getenv("ENTENTE_TOKEN");
        }
        try (Stream<String> lines = Files.lines(tokenFile)) {
            return lines.findFirst().orElse("").strip();
        } catch (IOException unreadable) {
            throw new ParameterException(
                    commandLine, "--token-file " + tokenFile + " cannot be read: " + unreadable, unreadable);
        }
    }
}
