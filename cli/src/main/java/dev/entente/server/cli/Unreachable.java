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
                    + " certificate, or that of who signed it";
        }
        if (reported.contains("no name matching") || reported.contains("no subject alternative")) {
            return "the certificate of " + address + " is for another name; ask the coordinator by the name that stands"
                    + " in it";
        }
        if (reported.contains("not an ssl/tls record")) {
            return address + " does not speak TLS; leave out --tls, --ca and ENTENTE_CA, or give the coordinator"
                    + " grpc.tls.certificate and grpc.tls.key";
        }
        if (reported.contains("http2 exception") && reported.contains(FIRST_BYTES_OF_HTTP_1)) {
            return "what answers at " + address + " speaks HTTP/1.1, as a web server, a coordinator's HTTP port, or a"
                    + " proxy without HTTP/2 does (nginx: http2 on); name the coordinator's gRPC port (7790 unless"
                    + " configured otherwise) with --target or ENTENTE_TARGET";
        }
        if (reported.contains("http2 exception")) {
            return address
                    + " does not speak gRPC without TLS; add --tls or --ca where it speaks TLS, or name a coordinator's"
                    + " gRPC port (7790 unless configured otherwise) with --target or ENTENTE_TARGET";
        }
        if (reported.contains("rst_stream closed stream. http/2 error code: internal_error")
                || reported.contains("rst_stream closed stream. http/2 error code: cancel")) {
            return "the call to " + address + " was cut (" + status.getDescription() + "), by a proxy before the"
                    + " coordinator if there is one: give the proxy a longer read timeout than the call has to wait, or"
                    + " name the coordinator itself";
        }
        if (reported.contains("alpn negotiation") || reported.contains("no_application_protocol")) {
            return "a proxy at " + address + " offers TLS without HTTP/2 (ALPN h2), which gRPC needs: turn it on there"
                    + " (haproxy: alpn h2 at bind; nginx: http2 on)";
        }
        if (reported.contains("http status code ")) {
            return notGrpc(reported, firstLine(status), address);
        }
        return switch (status.getCode()) {
            case UNAVAILABLE ->
                "no coordinator answers at " + address + " ("
                        + firstLine(status)
                        + ProxyAdvice.of(address)
                        + "); start one, or name another's gRPC port (7790 unless configured otherwise) with --target"
                        + " or ENTENTE_TARGET; one that speaks TLS wants --tls or --ca";
            case DEADLINE_EXCEEDED ->
                "the coordinator at " + address + " did not answer in time; allow more with --timeout";
            case UNIMPLEMENTED -> "what answers at " + address + " is no Entente coordinator, or an older one";
            case RESOURCE_EXHAUSTED ->
                "a message to or from the coordinator at " + address + " is too large (" + status.getDescription()
                        + "): limits.plan bounds a plan, and 64 MiB an answer; send references instead of payloads, or"
                        + " ask for less";
            default -> "the coordinator at " + address + " failed: " + status.getCode() + " " + status.getDescription();
        };
    }

    /** Explains a response over HTTP/2 that a proxy or a web server sent instead of a coordinator. */
    private static String notGrpc(String reported, String said, String address) {
        if (said.endsWith(" 0")) { // a gRPC port responds to HTTP/1.1 with HTTP/2 frames
            return "a proxy at " + address
                    + " speaks HTTP/1.1 to the coordinator's gRPC port; it must speak HTTP/2 there"
                    + " (haproxy: proto h2 at server; nginx: grpc_pass)";
        }
        if (said.endsWith(" 413")) {
            return "a proxy at " + address + " refuses requests of that size; it must allow limits.plan and a MiB"
                    + " (nginx: client_max_body_size, 8m for the default)";
        }
        if (reported.contains("http status code 50")) {
            return "a proxy answers at " + address + " in place of the coordinator (" + said
                    + "): the coordinator does not run, or the proxy does not speak HTTP/2 to the coordinator (haproxy:"
                    + " proto h2 at server), or confuses TLS and plaintext (nginx: grpc:// and grpcs://), or takes"
                    + " smaller headers than the 8 KiB that the details of an error may have (nginx: grpc_buffer_size"
                    + " 16k)";
        }
        return "a proxy or a web server answers at " + address + " in place of the coordinator (" + said
                + "); name the coordinator's gRPC port with --target or ENTENTE_TARGET, or let the proxy pass"
                + " /entente.v1.* to the coordinator; where the proxy redirects to https, add --tls or --ca";
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
