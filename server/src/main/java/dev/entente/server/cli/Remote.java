package dev.entente.server.cli;

import static dev.entente.server.cli.CommandLine.prepareTransport;

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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The connection of a command to a coordinator: its address and the caller's token. */
final class Remote {
    private static final String AT_HOME = "127.0.0.1:7790";
    /** Every finding of a plan must fit. */
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private static final Pattern URL = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final OptionSpec target = option(
            "--target", "HOST:PORT", String.class, "The coordinator (default: ENTENTE_TARGET, else " + AT_HOME + ").");
    private final OptionSpec tokenFile = option(
            "--token-file",
            "FILE",
            Path.class,
            "File with a bearer token in its first line (default: the token in ENTENTE_TOKEN).");
    private final OptionSpec tls = OptionSpec.builder("--tls")
            .type(boolean.class)
            .description("Speak TLS, and trust what this platform trusts (default: plaintext, unless --ca is given).")
            .build();
    private final OptionSpec ca = option(
            "--ca",
            "FILE",
            Path.class,
            "Speak TLS, and trust the certificates in this PEM file (default: the file in ENTENTE_CA).");
    private final OptionSpec certificate = option(
            "--certificate",
            "FILE",
            Path.class,
            "PEM file with a certificate of one's own, for a coordinator that asks who calls.");
    private final OptionSpec key = option("--key", "FILE", Path.class, "PEM file with its private key.");

    private static OptionSpec option(String name, String label, Class<?> type, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(type)
                .description(description)
                .build();
    }

    CommandSpec addTo(CommandSpec spec) {
        List.of(target, tokenFile, tls, ca, certificate, key).forEach(spec::addOption);
        return spec;
    }

    /** @throws ParameterException where the token file cannot be read */
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
        prepareTransport();
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
    private void refuseUselessAddress(CommandLine commandLine) {
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
        Path given = ca.getValue();
        Path ownCertificate = certificate.getValue();
        Path ownKey = key.getValue();
        Path trusted = given != null || environment == null || environment.isEmpty() ? given : Path.of(environment);
        if ((ownCertificate == null) != (ownKey == null)) {
            throw new IllegalArgumentException("--certificate and --key belong together");
        }
        if (!Boolean.TRUE.equals(tls.getValue()) && trusted == null && ownCertificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        if (trusted != null) {
            credentials.trustManager(trusted.toFile());
        }
        if (ownCertificate != null && ownKey != null) {
            credentials.keyManager(ownCertificate.toFile(), ownKey.toFile());
        }
        return credentials.build();
    }

    String address() {
        String environment = System.getenv("ENTENTE_TARGET");
        String given = target.getValue();
        return given != null ? given : environment != null && !environment.isEmpty() ? environment : AT_HOME;
    }

    private @Nullable String token(CommandLine commandLine) {
        Path file = tokenFile.getValue();
        if (file == null) {
            return System.getenv("ENTENTE_TOKEN");
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().orElse("").strip();
        } catch (IOException unreadable) {
            throw new ParameterException(
                    commandLine, "--token-file " + file + " cannot be read: " + unreadable, unreadable);
        }
    }
}
