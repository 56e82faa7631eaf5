package dev.entente.server.app;

/** What this build calls itself. */
final class Version {
    private Version() {}

    /** The version that the build wrote into the jar's manifest; class folders have none. */
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
