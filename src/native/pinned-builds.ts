/**
 * The builds of uWebSockets.js 20.56.0 that penstock trusts, by SHA-256 of the file. A file that is not here is not
 * loaded, whatever its name says. To move to another version: install it, compare it with its public source, replace
 * these sums, and run the tests of this folder.
 */

export const UWS_VERSION = '20.56.0';

/** The Node.js releases that there is a build for, by NODE_MODULE_VERSION. */
export const NODE_BY_ABI: ReadonlyMap<string, string> = new Map([
  ['115', '20'],
  ['127', '22'],
  ['137', '24'],
  ['141', '25'],
]);

/** By `<platform>_<arch>_<abi>`, as in the file's name. */
export const PINNED_SHA256: ReadonlyMap<string, string> = new Map([
  ['linux_x64_115', '3c4cfd4f4673c591dbca82cdda94f7e0ad9bc298966c39a7bd259838c2b25d4f'],
  ['linux_x64_127', '0e0af5d0e486b67e25dd5c6686f8f05be4504629404d5c1972c808ab5d8e4cc2'],
  ['linux_x64_137', '9aa8b857ac4ab0bfb1245e948eeeacc904b13a3608c9a281d551c43c66bea66e'],
  ['linux_x64_141', '0958d6d6dd863240494539d02a34d41de24a2d7c1552c4a41efb3744ec56298e'],
  ['linux_arm64_115', '5f179165f9ade910999ce8724d71ecdcc4f7e1b944053683d98bfda62665e081'],
  ['linux_arm64_127', 'db310856b4d36b2b6e83888c9faa87ccd65454e6157f457bf9cb4ebabaed7a65'],
  ['linux_arm64_137', 'ad0ffb42a119ee022ba1fc752d942e5a19b863ce47bfdc909cd1d5bc1363a7a6'],
  ['linux_arm64_141', '0d5d90b098e82bdb461f276c614942b0a33d85c922e403861c0990cc961cd13f'],
  ['darwin_arm64_115', 'fe600f03f02ea7443d15ca7ae47bd4489b40b3543bc30a6db2b3048e2a04261f'],
  ['darwin_arm64_127', 'c8ca6162869372a5d4acd66aa8c835286ed6e897d125ddb88875b5ab7f68bc09'],
  ['darwin_arm64_137', '51546f781dfd41b4c3820f7198d94d953af1dd4a22745ccda2fcf5eec3e4edf8'],
  ['darwin_arm64_141', 'e3a1c06653e6fc53d969730f38f528e0984f94220261836b9972fc5912d261fb'],
  ['darwin_x64_115', '4f749a19869da5914e8c02a032ee06b4e5d26cd918b4a845c69eea7bdd9f7c34'],
  ['darwin_x64_127', '3ad68d013ed3d8c5251b07ddb099c59e051d1a468cc4c471185383cf7125a882'],
  ['darwin_x64_137', '249e85589d9d39445f70765a10e1f3b0b142b7d1b406f360ea27681e0025fb02'],
  ['darwin_x64_141', '1c680445ed7dbd124aefc4bae7edc13b6eb2583efc6573ad890484188eac484b'],
]);

/** Their copies edited for an older glibc (`relax-glibc.ts`), so that one that is in the cache is known without its original. */
export const RELAXED_SHA256: ReadonlyMap<string, string> = new Map([
  ['linux_x64_115', '35cad869817cdd371b41157849e606863126d49f311720e6a615080377a54dbb'],
  ['linux_x64_127', '87c413d1b1b1671ea81da757fa67199edd246453877083ab886fe1e7900f8cf4'],
  ['linux_x64_137', '0ff425dfe92ab9aceb6c15d8ef8408435fe3bed076dca62e93f5e1c1d1345d9f'],
  ['linux_x64_141', '737c7d162ddc5cc3258ddd13809b75cd2a9320b2fa1de70c356c2a308daf1f69'],
  ['linux_arm64_115', 'a194fa54418161f60dbb84c377a3cb273ca4cb11442bdd5624fdc39ea2c76c0c'],
  ['linux_arm64_127', '7d92482a06e4746d172cdea39d925c33d0c6ee0de933b8d2a3e080a4037cfeda'],
  ['linux_arm64_137', '7a8680f1e6d7055da30777f8417bf2b03378f04cb731055ad0f5ca0845ad9ab9'],
  ['linux_arm64_141', 'd4f0060b84bc031e0b28d1bf3ca2612a9cc2ad34f8bc81451f06af78f10423cc'],
]);
