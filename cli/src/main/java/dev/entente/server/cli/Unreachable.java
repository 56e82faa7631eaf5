package dev.entente.server.cli;

import dev.entente.client.call.ProxyAdvice;
import io.grpc.Status;
import java.util.Locale;

/** The explanation of a coordinator's missing response: the protocol of the other end, and the remedy. */
final class Unreachable {
    /** The text "HTTP/" in hex, as the exception of an HTTP/2 client shows it. */
    private static final String FIRST_BYTES_OF_HTTP_1 = "485454502f";

    private Unreachable() {}

    static String message(Status status, String address) {
        String reported = reported(status);
        if (reported.contains("certification path")
                || reported.contains("pkix")
                || reported.contains("certificateexception")) {
            return "the certificate of " + address + " is not trusted; give --ca FILE (or ENTENTE_CA) with the"
                    + " certificate, or with the certificate of its issuer";
        }
        if (reported.contains("no name matching") || reported.contains("no subject alternative")) {
            return "the certificate of " + address + " is for another name; use the name in the certificate as the"
                    + " coordinator address";
        }
        if (reported.contains("not an ssl/tls record")) {
            return address + " does not speak TLS; leave out --tls, --ca and ENTENTE_CA, or give the coordinator"
                    + " grpc.tls.certificate and grpc.tls.key";
        }
        if (reported.contains("http2 exception") && reported.contains(FIRST_BYTES_OF_HTTP_1)) {
            return "the server at " + address + " speaks HTTP/1.1: it is a web server, a coordinator's HTTP port, or a"
                    + " proxy without HTTP/2 (nginx: http2 on); name the coordinator's gRPC port (7790 unless"
                    + " configured otherwise) with --target or ENTENTE_TARGET";
        }
        if (reported.contains("http2 exception")) {
            return address
                    + " does not speak gRPC without TLS; add --tls or --ca if it speaks TLS, or name a coordinator's"
                    + " gRPC port (7790 unless configured otherwise) with --target or ENTENTE_TARGET";
        }
        if (reported.contains("rst_stream closed stream. http/2 error code: internal_error")
                || reported.contains("rst_stream closed stream. http/2 error code: cancel")) {
            return "the call to " + address + " was cut (" + status.getDescription() + "), probably by a proxy;"
                    + " configure a read timeout of the proxy that is longer than the wait of the call, or use the"
                    + " address of the coordinator";
        }
        if (reported.contains("alpn negotiation") || reported.contains("no_application_protocol")) {
            return "a proxy at " + address + " offers TLS without HTTP/2 (ALPN h2), which gRPC needs; enable HTTP/2 in"
                    + " the proxy (haproxy: alpn h2 at bind; nginx: http2 on)";
        }
        if (reported.contains("http status code ")) {
            return notGrpc(reported, firstLine(status), address);
        }
        return switch (status.getCode()) {
            case UNAVAILABLE ->
                "no coordinator responds at " + address + " ("
                        + firstLine(status)
                        + ProxyAdvice.of(address)
                        + "); start a coordinator, or name another coordinator's gRPC port (7790 unless configured"
                        + " otherwise) with --target or ENTENTE_TARGET; if the coordinator speaks TLS, add --tls or"
                        + " --ca";
            case DEADLINE_EXCEEDED ->
                "the coordinator at " + address + " did not respond in time; allow more time with --timeout";
            case UNIMPLEMENTED -> "the server at " + address + " is not an Entente coordinator, or is an older version";
            case RESOURCE_EXHAUSTED ->
                "a message to or from the coordinator at " + address + " is too large (" + status.getDescription()
                        + "): the limit of a plan is limits.plan, the limit of a response 64 MiB; send references"
                        + " instead of payloads, or request less data";
            default -> "the coordinator at " + address + " failed: " + status.getCode() + " " + status.getDescription();
        };
    }

    /** Explains a response over HTTP/2 that a proxy or a web server sent instead of a coordinator. */
    private static String notGrpc(String reported, String said, String address) {
        if (said.endsWith(" 0")) { // a gRPC port responds to HTTP/1.1 with HTTP/2 frames
            return "a proxy at " + address
                    + " speaks HTTP/1.1 to the coordinator's gRPC port; configure HTTP/2 to the coordinator (haproxy:"
                    + " proto h2 at server; nginx: grpc_pass)";
        }
        if (said.endsWith(" 413")) {
            return "a proxy at " + address + " refuses requests of this size; configure the proxy to allow limits.plan"
                    + " plus 1 MiB (nginx: client_max_body_size, 8m for the default)";
        }
        if (reported.contains("http status code 50")) {
            return "a proxy responds at " + address + " in place of the coordinator (" + said
                    + "): the coordinator does not run, or the proxy does not speak HTTP/2 to the coordinator (haproxy:"
                    + " proto h2 at server), or confuses TLS and plaintext (nginx: grpc:// and grpcs://), or takes"
                    + " smaller headers than the 8 KiB that the details of an error may have (nginx: grpc_buffer_size"
                    + " 16k)";
        }
        return "a proxy or a web server responds at " + address + " in place of the coordinator (" + said
                + "); name the coordinator's gRPC port with --target or ENTENTE_TARGET, or let the proxy pass"
                + " /entente.v1.* to the coordinator; if the proxy redirects to https, add --tls or --ca";
    }

    private static String firstLine(Status status) {
        return String.valueOf(status.getDescription()).lines().findFirst().orElse("");
    }

    private static String reported(Status status) {
        StringBuilder reported = new StringBuilder(String.valueOf(status.getDescription()));
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            reported.append(' ').append(cause);
        }
        return reported.toString().toLowerCase(Locale.ROOT);
    }
}
