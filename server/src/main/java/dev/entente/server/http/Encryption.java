package dev.entente.server.http;

import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS 1.2 or 1.3, and behind it HTTP/2 for those who ask for it in their handshake, else HTTP/1.1. */
final class Encryption {
    private static final int MAX_STREAMS = 32;
    private static final int MAX_FRAMES_PER_SECOND = 128;
    private static final int RECEIVE_WINDOW_BYTES = 64 << 10;

    private Encryption() {}

    static ConnectionFactory[] protocols(SSLContext context, HttpConfiguration http) {
        // Probes come to an address: no name is looked for in the certificate.
        http.addCustomizer(new SecureRequestCustomizer(false));
        HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(http);
        http2.setMaxConcurrentStreams(MAX_STREAMS);
        http2.setRateControlFactory(new WindowRateControl.Factory(MAX_FRAMES_PER_SECOND));
        http2.setInitialStreamRecvWindow(RECEIVE_WINDOW_BYTES);
        http2.setInitialSessionRecvWindow(RECEIVE_WINDOW_BYTES);
        ALPNServerConnectionFactory choice = new ALPNServerConnectionFactory();
        choice.setDefaultProtocol(HttpVersion.HTTP_1_1.asString());
        return new ConnectionFactory[] {
            new SslConnectionFactory(handshake(context), choice.getProtocol()),
            choice,
            http2,
            new HttpConnectionFactory(http)
        };
    }

    private static SslContextFactory.Server handshake(SSLContext context) {
        SslContextFactory.Server handshake = new SslContextFactory.Server();
        handshake.setSslContext(context);
        handshake.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        handshake.setCipherComparator(HTTP2Cipher.COMPARATOR);
        handshake.setRenegotiationAllowed(false);
        return handshake;
    }
}
