import { type Call, createUpload } from '../api/client.ts';

/** One file on its way; `sent` runs from 0 to 1. */
export interface Sending {
  id: string;
  fileName: string;
  key?: string;
  sent: number;
  problem?: string;
}

/** PUT with progress: `fetch` cannot tell how much of a body has left. @throws with a sentence for the editor. */
function put(url: string, headers: Record<string, string>, file: File, onSent: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself and lets no page do it.
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total);
    };
    request.onload = () =>
      request.status < 300
        ? resolve()
        : reject(new Error(`The store refused the file (${request.status}): try again.`));
    request.onerror = () => reject(new Error('The connection broke off: try again.'));
    request.send(file);
  });
}

export async function send(
  file: File,
  desk: string,
  batch: string,
  how: Call,
  onChange: (change: Partial<Sending>) => void,
): Promise<void> {
  try {
    const target = await createUpload(
      { fileName: file.name, desk, bytes: file.size, batch, ...(file.type ? { contentType: file.type } : {}) },
      how,
    );
    onChange({ key: target.key });
    await put(target.url, target.headers, file, (sent) => onChange({ sent }));
    onChange({ sent: 1 });
  } catch (error) {
    onChange({ problem: (error as Error).message });
  }
}
