// Puts the document's component into the page. `example` is the block of the document, which exports nothing itself.
import { createRoot } from 'react-dom/client';
import { TaskList } from 'example';

createRoot(document.getElementById('root')!).render(<TaskList projectId="my-project" />);
