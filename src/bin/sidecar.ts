process.stdout.write('sidecar\n');
